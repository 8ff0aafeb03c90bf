// rconsole set: targets under a name of one's own, used as @name.
import { Command as Parser } from 'commander'
import { clean } from '../../protocol/clean.ts'
import { RconsoleError } from '../../protocol/errors.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { write, writeJson } from '../io.ts'
import { byName } from '../ranges.ts'
import { TARGETS } from '../selection.ts'
import { Sets } from '../sets.ts'
import { columns } from '../table.ts'

export const set: Command = {
  name: 'set',
  uses: [],
  build: (act) =>
    new Parser('set')
      .description('name targets: from then on @name means them')
      .argument('[name]', 'how it is called')
      .argument('[target...]', TARGETS)
      .action((name: string | undefined, words: string[], _flags: object, parser: Parser) =>
        act(parser, (context) => save(context, name, words)),
      )
      .addCommand(
        new Parser('ls')
          .description('the sets there are')
          .option('--json', 'one JSON object a line: name, targets')
          .action((flags: { json?: true }, parser: Parser) =>
            act(parser, (context) => list(context, flags.json === true)),
          ),
      )
      .addCommand(
        new Parser('rm')
          .description('forget a set')
          .argument('<name>')
          .action((name: string, _flags: object, parser: Parser) =>
            act(parser, async (context) => {
              new Sets(context.folder).remove(name)
              return await Promise.resolve(0)
            }),
          ),
      ),
}

async function save(
  { home, folder }: Context,
  name: string | undefined,
  words: readonly string[],
): Promise<number> {
  if (name === undefined)
    throw new RconsoleError(
      'USAGE',
      'set: expected a name and targets, or ls, or rm; see rconsole set --help',
    )
  if (folder !== undefined) home.make()
  new Sets(folder).save(name, words)
  return await Promise.resolve(0)
}

async function list({ folder, io }: Context, isJson: boolean): Promise<number> {
  const sets = Object.entries(new Sets(folder).all()).toSorted(([one], [other]) => byName(one, other))
  if (isJson) {
    for (const [name, targets] of sets) await writeJson(io, { name, targets })
  } else if (sets.length > 0) {
    const rows = sets.map(([name, words]) => [name, clean(words.join(' '))])
    await write(io.stdout, columns(['NAME', 'TARGETS'], rows))
  }
  return 0
}
