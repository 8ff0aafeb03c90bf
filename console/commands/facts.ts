// rconsole facts: name, system, processor, memory and addresses of a machine.
import { Command as Parser } from 'commander'
import { FACTS } from '../../protocol/actions/facts.ts'
import { ask } from '../ask.ts'
import type { Command } from '../command.ts'
import { factLines } from '../facts.ts'
import { write, writeJson } from '../io.ts'

export const facts: Command = {
  name: 'facts',
  uses: ['facts'],
  build: (act) =>
    new Parser('facts')
      .description('show what a machine is: name, system, processor, memory, addresses')
      .argument('<machine>', 'its name or id')
      .option('--json', 'print one JSON object')
      .action((word: string, flags: { json?: true }, parser: Parser) =>
        act(parser, async (context) =>
          context.withMachine(word, async (client, machine) => {
            const { io } = context
            const found = await ask(client, machine, 'facts', { parts: [...FACTS] }, io.signal)
            if (flags.json === true) await writeJson(io, { id: machine.id, ...found })
            else await write(io.stdout, `${factLines(found).join('\n')}\n`)
            return 0
          }),
        ),
      ),
}
