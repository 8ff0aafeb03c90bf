// What this console is told once instead of each time: keys of config.json that a person may set.
import * as v from 'valibot'
import { RconsoleError } from '../protocol/errors.ts'
import { parseRelayUrl } from '../protocol/relay-url.ts'
import { parseDuration } from './units.ts'

/** As they stand in the file: what a flag would be given. */
export const settingsEntries = {
  relay: v.optional(checked((text) => void parseRelayUrl(text))),
  timeout: v.optional(checked((text) => void parseDuration('timeout', text))),
  parallel: v.optional(checked((text) => counted('parallel', text, 1))),
  askAbove: v.optional(checked((text) => counted('askAbove', text, 0))),
}

export const SETTINGS = ['relay', 'timeout', 'parallel', 'askAbove'] as const
export type SettingName = (typeof SETTINGS)[number]
export type Settings = { readonly [N in SettingName]?: string | undefined }

/** What each is for, and where else it may be said: that counts more. */
export const ABOUT: { readonly [N in SettingName]: string } = {
  relay: 'the relay to dial (--relay, RCONSOLE_RELAY)',
  timeout: 'of each run (--timeout; --timeout none is without)',
  parallel: 'machines that a run is started on at once (--parallel)',
  askAbove: 'machines above which a run asks for their number (RCONSOLE_ASK_ABOVE)',
}

const settingsSchema = v.strictObject(settingsEntries)

/** @throws USAGE: which keys there are, or what was expected */
export function setting(name: string, value: string): Settings {
  const known = settingName(name)
  const parsed = v.safeParse(settingsSchema, { [known]: value })
  if (parsed.success) return parsed.output
  throw new RconsoleError('USAGE', `config: ${parsed.issues[0].message}`)
}

/** @throws USAGE */
export function settingName(name: string): SettingName {
  const known = SETTINGS.find((one) => one === name)
  if (known !== undefined) return known
  throw new RconsoleError('USAGE', `config: expected ${SETTINGS.join(', ')}, got ${JSON.stringify(name)}`)
}

/** A text that `check` does not throw about. */
function checked(check: (text: string) => void) {
  return v.pipe(
    v.string(),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return
      try {
        check(dataset.value)
      } catch (error) {
        addIssue({ message: error instanceof Error ? error.message : String(error) })
      }
    }),
  )
}

function counted(name: string, text: string, least: number): void {
  if (/^\d{1,6}$/.test(text) && Number(text) >= least) return
  throw new RconsoleError(
    'USAGE',
    `${name}: expected a number from ${least} to 999999, got ${JSON.stringify(text)}`,
  )
}
