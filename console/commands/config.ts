// rconsole config: what this console need not be told each time, and where each value comes from.
import { Command as Parser } from 'commander'
import { clean } from '../../protocol/clean.ts'
import { RconsoleError } from '../../protocol/errors.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { write, writeJson } from '../io.ts'
import { ABOUT, setting, type SettingName, settingName, SETTINGS } from '../settings.ts'
import { columns } from '../table.ts'

interface Flags {
  readonly unset?: true
  readonly json?: true
}

export const config: Command = {
  name: 'config',
  uses: [],
  build: (act) =>
    new Parser('config')
      .description('show what this console need not be told each time, or set it')
      .argument('[key]', SETTINGS.map((name) => `${name}: ${ABOUT[name]}`).join('; '))
      .argument('[value]', 'what it is from now on')
      .option('--unset', 'forget it')
      .option('--json', 'print one JSON object: file, relay, timeout, parallel, askAbove')
      .action((key: string | undefined, value: string | undefined, flags: Flags, parser: Parser) =>
        act(parser, (context) => configure(context, { key, value }, flags)),
      ),
}

async function configure(
  context: Context,
  { key, value }: { readonly key: string | undefined; readonly value: string | undefined },
  flags: Flags,
): Promise<number> {
  if (context.folder === undefined)
    throw new RconsoleError('USAGE', 'config: a console with RCONSOLE_KEY has no folder to keep settings in')
  if (key === undefined) {
    if (flags.unset === true) throw new RconsoleError('USAGE', 'config: --unset expects a key, got nothing')
    await show(context, flags)
    return 0
  }
  const { home } = context
  if (flags.unset === true) home.change({ [settingName(key)]: undefined })
  else if (value === undefined)
    await write(context.io.stdout, `${said(context, settingName(key))?.value ?? ''}\n`)
  else home.change(setting(key, value))
  return 0
}

async function show(context: Context, flags: Flags): Promise<void> {
  const { io, home } = context
  if (flags.json === true) {
    const values = SETTINGS.map((name) => [name, said(context, name)?.value ?? null])
    await writeJson(io, { file: home.configPath, ...Object.fromEntries(values) })
    return
  }
  const rows = SETTINGS.map((name) => {
    const { value, from } = said(context, name) ?? { value: '-', from: '-' }
    return [name, value, from, ABOUT[name]].map((text) => clean(text))
  })
  await write(io.stdout, columns(['KEY', 'VALUE', 'FROM', 'WHAT'], rows))
}

const VARIABLES: { readonly [N in SettingName]?: string } = {
  relay: 'RCONSOLE_RELAY',
  askAbove: 'RCONSOLE_ASK_ABOVE',
}

/** What holds, and who says so. */
function said(
  { home, io }: Context,
  name: SettingName,
): { readonly value: string; readonly from: string } | undefined {
  const variable = VARIABLES[name]
  const told = variable === undefined ? undefined : io.env[variable]
  if (variable !== undefined && told) return { value: told, from: variable }
  const value = home.settings[name]
  return value === undefined ? undefined : { value, from: home.configPath }
}
