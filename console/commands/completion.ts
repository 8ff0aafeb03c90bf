// rconsole completion: what a shell loads to complete commands, machines, labels, sets and runs; nothing is asked of a relay.
import { Argument, Command as Parser } from 'commander'
import { clean } from '../../protocol/clean.ts'
import type { Command } from '../command.ts'
import { complete } from '../completion.ts'
import { write } from '../io.ts'
import { remembered } from '../remembered.ts'
import { COMPLETION_SCRIPTS, SHELLS } from '../shells.ts'
import { pick } from '../words.ts'

export const completion: Command = {
  name: 'completion',
  uses: [],
  build: (act) => {
    const parser = new Parser('completion').description(
      'what completes commands, machines and runs in a shell',
    )
    parser
      .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
      .action((shell: string, _flags: object, self: Parser) =>
        act(self, async ({ io }) => {
          await write(io.stdout, COMPLETION_SCRIPTS[pick('completion', shell, SHELLS)])
          return 0
        }),
      )
    parser.addCommand(
      new Parser('words')
        .description('print what may stand at the end of these words: for those scripts')
        .argument('[word...]')
        .action((words: string[], _flags: object, self: Parser) =>
          act(self, async (context) => {
            const before = words.slice(0, -1)
            const line = { words: before, current: words.at(-1) ?? '' }
            const memory = () => remembered(homeIn(before) ?? context.folder)
            const found = complete(rootOf(self), memory, line)
            const lines = found.map(
              ({ word, about = '' }) => `${word}${about === '' ? '' : `\t${clean(about)}`}\n`,
            )
            await write(context.io.stdout, lines.join(''))
            return 0
          }),
        ),
      { hidden: true },
    )
    return parser
  },
}

/** What was typed before counts, as it will when the line is run. */
function homeIn(words: readonly string[]): string | undefined {
  const at = words.lastIndexOf('--home')
  return at < 0 ? undefined : words[at + 1]
}

function rootOf(parser: Parser): Parser {
  return parser.parent === null ? parser : rootOf(parser.parent)
}
