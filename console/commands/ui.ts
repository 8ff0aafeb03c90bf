// rconsole, called bare: the terminal UI.
import { Command as Parser } from 'commander'
import { RconsoleError } from '../../protocol/errors.ts'
import { adminKeys } from '../../protocol/fleet.ts'
import type { Signatory } from '../accept.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { newJoinToken } from '../join-token.ts'
import { meaningsOf } from '../meanings.ts'
import { Sets } from '../sets.ts'
import { acceptAsTheyJoin, LiveFleet, uiPrompt } from '../live.ts'
import { argumentsFor } from '../processes.ts'
import { LiveInsides } from '../ui-insides.ts'
import { uiBooks, uiOrder } from '../ui-deeds.ts'
import { SettingsFile } from '../ui-settings.ts'
import { prefixOf } from '../prefix.ts'
import { uiRuns } from '../ui-runs.ts'
import { uiShells } from '../ui-shells.ts'

/** The token on the screen of an empty fleet (ms). */
const FIRST_TOKEN_MS = 24 * 3_600_000

export const ui: Command = {
  name: 'ui',
  uses: [
    'attach',
    'disks',
    'facts',
    'freeze',
    'history',
    'lifecycle',
    'metrics',
    'net',
    'ping',
    'processes',
    'run',
    'runs',
    'services',
    'shell',
    'signal',
  ],
  build: (act) =>
    new Parser('ui')
      .description('the terminal UI (also: rconsole without a subcommand)')
      // Being the default, it is also given the subcommands that do not exist.
      .allowExcessArguments()
      .option('--read-only', 'look, and change nothing')
      .action((flags: { readOnly?: true }, parser: Parser) => {
        const [word] = parser.args
        if (word !== undefined)
          throw new RconsoleError(
            'USAGE',
            `there is no subcommand ${JSON.stringify(word)}; see rconsole help`,
          )
        return act(parser, (context) => show(context, flags.readOnly === true))
      }),
}

async function show(context: Context, isToldReadOnly: boolean): Promise<number> {
  // Before connecting: a terminal that cannot be drawn on is a usage error, whatever the relay says.
  const [{ runUi }, { checkTerminal }] = await Promise.all([
    import('../ui/app.ts'),
    import('../ui/screen.ts'),
  ])
  checkTerminal({ stdin: process.stdin, stdout: process.stdout, env: context.io.env })
  const settings = new SettingsFile(context.folder)
  const isReadOnly = isToldReadOnly || settings.values.readOnly === true
  const prefix = prefixOf(context.io.env)
  const signatory = await context.signatory()
  return await context.withClient(async (client) => {
    const machines = await client.find({ watch: true })
    const joinHint =
      machines.length === 0 && !isReadOnly ? await firstCommand(signatory) : 'rconsole token new'
    const fleet = new LiveFleet(client, signatory, { joinHint, meanings: meaningsOf(context.folder) })
    const stop = isReadOnly ? () => undefined : acceptAsTheyJoin(client, signatory)
    const args = await argumentsFor(context)
    // From here on the screen is drawn on; whatever is wrong with a history, the next command says it, too.
    context.isWarning = false
    try {
      const { stdin, stdout } = process
      return await runUi({
        stdin,
        stdout,
        fleet,
        openPrompt: (id) => uiPrompt(client, id),
        insides: (id) => new LiveInsides(client, id, args),
        order: uiOrder(client),
        books: uiBooks(client, context, signatory),
        saveSet: (name, words) => new Sets(context.folder).save(name, words),
        settings,
        isReadOnly,
        runs: uiRuns(client, context),
        shells: uiShells(client, context.io.env),
        prefix,
        env: context.io.env,
      })
    } finally {
      stop()
      fleet.close()
    }
  })
}

/** The exact command for the first machine, if this operator may make a token. */
async function firstCommand(signatory: Signatory): Promise<string> {
  if (!adminKeys(signatory.fleet).includes(signatory.operator.public))
    return 'ask an admin: rconsole token new'
  const { command } = await newJoinToken(signatory, { labels: {}, ttl: FIRST_TOKEN_MS })
  return command
}
