// rconsole forward: ports of this computer that lead to what a machine can reach.
import { Command as Parser } from 'commander'
import { actions } from '../../protocol/actions/index.ts'
import { RconsoleError } from '../../protocol/errors.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { join, listen, readDestination, readForwarded } from '../forwarding.ts'
import { inputOf, say, write } from '../io.ts'
import { checkOwner } from '../owner.ts'

interface Flags {
  readonly stdio?: true
}

export const forward: Command = {
  name: 'forward',
  uses: ['forward'],
  isTransparent: true,
  build: (act) =>
    new Parser('forward')
      .description('lead ports of this computer to what a machine can reach')
      .argument('<machine>', 'its name or id')
      .argument('<what...>', '[ADDRESS:]PORT:HOST:PORT, as ssh -L has it; with --stdio HOST:PORT')
      .option('--stdio', 'join standard input and output to one connection, as a ProxyCommand of ssh')
      .action((machine: string, what: string[], flags: Flags, parser: Parser) =>
        act(parser, (context) =>
          flags.stdio === true ? joinStdio(context, machine, what) : forwardPorts(context, machine, what),
        ),
      ),
}

async function joinStdio(
  context: Context,
  word: string,
  [what = '', ...more]: readonly string[],
): Promise<number> {
  if (more.length > 0) throw new RconsoleError('USAGE', 'forward --stdio: expected one HOST:PORT')
  const to = readDestination(what)
  const { io } = context
  return await context.withMachine(word, async (client, machine) => {
    await join({
      client,
      machine,
      to,
      signal: io.signal,
      input: inputOf(io),
      write: (data) => write(io.stdout, data, io.signal),
      // Whoever reads us learns of the end now, and may still have something to send.
      ended: () => void io.stdout.end(),
    })
    return 0
  })
}

/** Until it is told to end. */
async function forwardPorts(context: Context, word: string, what: readonly string[]): Promise<number> {
  const all = what.map(readForwarded)
  const { io } = context
  const { fleet, operator } = await context.signatory()
  return await context.withMachine(word, async (client, machine) => {
    // Now, and not at the first connection: nobody would see that.
    for (const { to } of all) checkOwner(machine, actions.forward.read(to).need, fleet, operator.public)
    const failed = (why: string): void => say(io, `rconsole: ${machine.name}: ${why}`)
    const servers = []
    try {
      for (const one of all) {
        const server = await listen(one, { client, machine, signal: io.signal, failed })
        servers.push(server)
        const address = server.address()
        const port = typeof address === 'object' && address !== null ? address.port : one.listen
        say(io, `forwarding ${one.bind}:${port} to ${one.to.host}:${one.to.port} on ${machine.name}`)
      }
      await new Promise<never>((_resolve, reject) => {
        if (io.signal.aborted) reject(io.signal.reason)
        io.signal.addEventListener('abort', () => reject(io.signal.reason), { once: true })
      })
    } finally {
      for (const server of servers) server.close()
    }
    return 0
  })
}
