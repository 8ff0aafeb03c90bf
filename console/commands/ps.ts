// rconsole ps: the processes of machines: a list, a tree, or a signal to one of them.
import { Command as Parser } from 'commander'
import { MOST_PROCESSES, PROCESS_KEYS } from '../../protocol/actions/processes.ts'
import type { RequestOf } from '../../protocol/actions/index.ts'
import { PROCESS_SIGNALS } from '../../protocol/actions/signal.ts'
import { RconsoleError } from '../../protocol/errors.ts'
import { askAll } from '../all.ts'
import { ask } from '../ask.ts'
import type { Client } from '../client.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { gather } from '../gather.ts'
import { type Io, say, writeJson } from '../io.ts'
import type { Machine } from '../machine.ts'
import { argumentsFor, type Process, PROCESSES } from '../processes.ts'
import { writeRows, writeTable } from '../rows.ts'
import { treeOf } from '../tree.ts'
import { pick, whole } from '../words.ts'

interface Flags {
  readonly sort: string
  readonly filter?: string
  readonly lines?: string
  readonly tree?: true
  readonly signal?: string
  readonly json?: true
}

export const ps: Command = {
  name: 'ps',
  uses: ['processes', 'signal'],
  build: (act) =>
    new Parser('ps')
      .description('list the processes of machines, or with --signal send a signal to some of one machine')
      .argument('<target...>', 'machines, as for ls; with --signal one machine, then pids')
      .option('--sort <key>', 'cpu, mem or pid', 'pid')
      .option('--filter <text>', 'only those with this in their command or user')
      .option('-n, --lines <count>', 'only the first so many of each machine')
      .option('--tree', 'each below the one that started it')
      .option('--signal <name>', `one of ${PROCESS_SIGNALS.join(', ')}`)
      .option('--json', 'print one JSON object a process')
      .action((targets: string[], flags: Flags, parser: Parser) =>
        act(parser, (context) =>
          flags.signal === undefined
            ? list(context, targets, flags)
            : send(context, targets, { ...flags, signal: flags.signal }),
        ),
      ),
}

async function list(context: Context, targets: readonly string[], flags: Flags): Promise<number> {
  const { io } = context
  const sort = flags.sort === 'mem' ? 'memory' : pick('--sort', flags.sort, PROCESS_KEYS)
  const limit = flags.lines === undefined ? MOST_PROCESSES : whole('--lines', flags.lines, 1, MOST_PROCESSES)
  const request = {
    sort,
    limit,
    ...(flags.filter === undefined ? {} : { filter: flags.filter }),
    ...(await argumentsFor(context)),
  }
  const gathered = await gather(context, targets, async (client, machine) => {
    const rows = await listing(client, machine, io, request)
    return flags.tree === true && flags.json !== true
      ? treeOf(rows).map(({ row, lead }) => ({ ...row, lead }))
      : rows
  })
  if (flags.json === true) await writeRows(io, gathered)
  else if (gathered.answers.length > 0) await writeTable(io, gathered, PROCESSES)
  return gathered.status
}

async function listing(
  client: Client,
  machine: Machine,
  io: Io,
  request: RequestOf<'processes'>,
): Promise<Process[]> {
  const { outputs } = await askAll(client, machine, 'processes', request, io.signal)
  const rows = outputs.flatMap(({ processes }) => processes)
  const matched = outputs.at(-1)?.total?.matched ?? rows.length
  if (matched > request.limit) say(io, `${machine.name}: ${rows.length} of ${matched} processes`)
  return rows
}

async function send(
  context: Context,
  [word = '', ...words]: readonly string[],
  flags: Flags & { readonly signal: string },
): Promise<number> {
  const { io } = context
  const signal = pick('--signal', flags.signal.replace(/^SIG/, ''), PROCESS_SIGNALS)
  const pids = words.map((one) => readPid(one))
  if (pids.length === 0) throw new RconsoleError('USAGE', '--signal: expected a machine and at least one pid')
  return await context.withMachine(word, async (client, machine) => {
    for (const { pid, start } of pids) {
      const which = start ?? (await startOf(client, machine, io, pid))
      const { name } = await ask(client, machine, 'signal', { pid, start: which, signal }, io.signal)
      if (flags.json === true)
        await writeJson(io, { id: machine.id, machine: machine.name, pid, start: which, name, signal })
      else say(io, `${machine.name}: ${signal} sent to ${pid} (${name})`)
    }
    return 0
  })
}

/** '1234', or '1234:567' with the `start` that --json told: then it is that process or none. */
function readPid(word: string): { pid: number; start: number | undefined } {
  const [, pid, start] = /^(\d{1,10})(?::(\d{1,15}))?$/.exec(word) ?? []
  if (pid === undefined || Number(pid) < 1)
    throw new RconsoleError('USAGE', `expected a pid like 1234, or pid:start, got ${JSON.stringify(word)}`)
  return { pid: Number(pid), start: start === undefined ? undefined : Number(start) }
}

/** The process that has this number now. @throws NOT_FOUND */
async function startOf(client: Client, machine: Machine, io: Io, pid: number): Promise<number> {
  const [found] = await listing(client, machine, io, { sort: 'pid', limit: 1, pid })
  if (found === undefined) throw new RconsoleError('NOT_FOUND', `${machine.name} has no process ${pid}`)
  return found.start
}
