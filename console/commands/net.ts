// rconsole net: listening and connected sockets, and the processes that hold them.
import { Command as Parser } from 'commander'
import type { OutputOf } from '../../protocol/actions/index.ts'
import { askAll } from '../all.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { gather } from '../gather.ts'
import { say } from '../io.ts'
import { type Layout, writeRows, writeTable } from '../rows.ts'

interface Flags {
  readonly listening?: true
  readonly connected?: true
  readonly json?: true
}

export const net: Command = {
  name: 'net',
  uses: ['net'],
  build: (act) =>
    new Parser('net')
      .description('show listening and connected sockets and their processes')
      .argument('<target...>', 'machines, as for ls')
      .option('-l, --listening', 'only those that listen')
      .option('-c, --connected', 'only those that do not')
      .option('--json', 'print one JSON object a socket')
      .action((targets: string[], flags: Flags, parser: Parser) =>
        act(parser, (context) => show(context, targets, flags)),
      ),
}

async function show(context: Context, targets: readonly string[], flags: Flags): Promise<number> {
  const { io } = context
  const isPart = flags.listening !== flags.connected
  const part = flags.listening === true ? 'listening' : 'connected'
  const asked = isPart ? part : 'all'
  const gathered = await gather(context, targets, async (client, machine) => {
    const { outputs, result } = await askAll(client, machine, 'net', { show: asked }, io.signal)
    const rows = outputs.flat()
    if (rows.length < result[asked]) say(io, `${machine.name}: ${rows.length} of ${result[asked]} sockets`)
    return rows
  })
  if (flags.json === true) await writeRows(io, gathered)
  else if (gathered.answers.length > 0) await writeTable(io, gathered, SOCKETS)
  return gathered.status
}

type Socket = OutputOf<'net'>[number]

const SOCKETS: Layout<Socket> = {
  folds: true,
  head: ['PROTO', 'STATE', 'LOCAL', 'REMOTE', 'USER', 'PROCESS'],
  cells: ({ protocol, state, local, remote, user, process }) => [
    protocol,
    state,
    endpoint(local),
    endpoint(remote),
    user,
    process === undefined ? '-' : `${process.name} (${process.pid})`,
  ],
}

/** As ss writes it: an address of IPv6 in brackets, a port that is any as a star. */
function endpoint({ address, port }: Socket['local']): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port === 0 ? '*' : port}`
}
