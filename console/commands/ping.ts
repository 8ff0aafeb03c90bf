// rconsole ping: the round trips to a machine and to the relay.
import { Command as Parser } from 'commander'
import { pingBoth } from '../ask.ts'
import type { Command } from '../command.ts'
import { write, writeJson } from '../io.ts'
import { pingLine } from '../units.ts'

export const ping: Command = {
  name: 'ping',
  uses: ['ping'],
  build: (act) =>
    new Parser('ping')
      .description('measure the round trips to a machine and to the relay')
      .argument('<machine>', 'its name or id')
      .option('--json', 'print one JSON object: id, agent and relay in ms')
      .action((word: string, flags: { json?: true }, parser: Parser) =>
        act(parser, async (context) =>
          context.withMachine(word, async (client, machine) => {
            const { agent, relay } = await pingBoth(client, machine, context.io.signal)
            if (flags.json === true) await writeJson(context.io, { id: machine.id, agent, relay })
            else await write(context.io.stdout, pingLine(agent, relay))
            return 0
          }),
        ),
      ),
}
