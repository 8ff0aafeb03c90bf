// rconsole logs: the last lines of the journal, of a service or of a log file, and what is added.
import { Command as Parser } from 'commander'
import type { RequestOf } from '../../protocol/actions/index.ts'
import { MOST_LINES } from '../../protocol/actions/logs.ts'
import { OutputCleaner } from '../../protocol/clean.ts'
import { Lines } from '../../protocol/lines.ts'
import type { Client } from '../client.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { inTurns, withMachines } from '../gather.ts'
import { type Io, write, writeJson } from '../io.ts'
import type { Machine } from '../machine.ts'
import { parseDuration } from '../units.ts'
import { unitNamed, whole } from '../words.ts'

interface Flags {
  readonly follow?: true
  readonly since?: string
  readonly grep?: string
  readonly lines: string
  readonly json?: true
}

export const logs: Command = {
  name: 'logs',
  uses: ['logs'],
  build: (act) =>
    new Parser('logs')
      .description('show the journal of machines, or a log file of theirs')
      .argument('<target>', 'a machine, or several as for ls: then each line begins with its machine')
      .argument('[what]', 'a service, or the path of a file below /var/log; the whole journal without it')
      .option('-f, --follow', 'go on with what is added')
      .option('--since <time>', 'only entries of the last 10m, 2h, 3d; not of files')
      .option('--grep <text>', 'only lines with this text in them; upper and lower case are the same')
      .option('-n, --lines <count>', 'the last so many', '100')
      .option('--json', 'print one JSON object a line')
      .action((target: string, what: string | undefined, flags: Flags, parser: Parser) =>
        act(parser, (context) => show(context, target, what, flags)),
      ),
}

async function show(
  context: Context,
  target: string,
  what: string | undefined,
  flags: Flags,
): Promise<number> {
  const { io } = context
  const request: RequestOf<'logs'> = {
    lines: whole('--lines', flags.lines, 0, MOST_LINES),
    ...(what === undefined ? {} : { of: what.startsWith('/') ? { path: what } : { unit: unitNamed(what) } }),
    ...(flags.grep === undefined ? {} : { grep: flags.grep }),
    ...(flags.since === undefined ? {} : { since: parseDuration('--since', flags.since) }),
    ...(flags.follow === true ? { follow: true } : {}),
  }
  return await withMachines(context, [target], async (client, machines) => {
    const print = printerFor(io, machines.length > 1, flags.json === true)
    // All at once: one that is followed never gives its turn to the next.
    const most = flags.follow === true ? machines.length : undefined
    const failed = await inTurns(io, machines, (machine) => copy(io, client, machine, request, print), most)
    return failed > 0 ? 1 : 0
  })
}

/** Writes what came of a machine; the end of it is undefined. */
type Print = (machine: Machine, data: Uint8Array | undefined) => Promise<void>

async function copy(
  io: Io,
  client: Client,
  machine: Machine,
  request: RequestOf<'logs'>,
  print: Print,
): Promise<void> {
  for await (const { data } of client.call(machine, 'logs', request, { signal: io.signal }))
    await print(machine, data)
  await print(machine, undefined)
}

function printerFor(io: Io, isMany: boolean, isJson: boolean): Print {
  const cleaner = io.stdout.isTTY === true ? new OutputCleaner() : undefined
  if (!isMany && !isJson)
    return async (_, data) =>
      write(io.stdout, data === undefined ? (cleaner?.end() ?? '') : (cleaner?.push(data) ?? data), io.signal)
  const held = new Map<string, Lines>()
  return async (machine, data) => {
    const lines = held.get(machine.id) ?? new Lines()
    held.set(machine.id, lines)
    const whole = data === undefined ? lines.end() : lines.push(Buffer.from(data))
    for (const line of whole) {
      const text = line.toString().replace(/\r?\n$/, '')
      if (isJson) await writeJson(io, { id: machine.id, machine: machine.name, line: text })
      else await write(io.stdout, `${machine.name}: ${shown(text, cleaner)}\n`, io.signal)
    }
  }
}

/** A line of its own: no colour of one machine goes on in the line of another. */
function shown(text: string, cleaner: OutputCleaner | undefined): string {
  return cleaner === undefined ? text : cleaner.push(text) + cleaner.end()
}
