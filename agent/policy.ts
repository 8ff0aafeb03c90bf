// What the owner of this machine lets anyone do: checked after the signature, and not changeable from outside.
import type { Need, PolicyRule } from '../protocol/action.ts'
import { RconsoleError } from '../protocol/errors.ts'
import {
  type Asked,
  checkOff,
  type Mode,
  MODES,
  type OwnerPolicy,
  refusal,
  SHOWN_BYTES,
  SHOWN_PATTERNS,
} from '../protocol/owner-policy.ts'
import { type Account, ownName } from './account.ts'
import { matches, type Pattern, showPattern } from './patterns.ts'

export const CONSENTS = ['none', 'notify', 'ask'] as const

export interface AllowedProgram {
  readonly argv: Pattern
  /** Another user for this one; `account` is undefined for the agent's own. */
  readonly as?: { readonly name: string; readonly account: Account | undefined }
}

/** What a policy file says, read and checked; without a file, the defaults. */
export interface Rules {
  readonly mode: Mode
  readonly allow: readonly AllowedProgram[]
  readonly deny: readonly Pattern[]
  readonly shell: boolean
  /** `timeout` in ms, `output` in bytes a run, `runs` at once. */
  readonly limits: {
    readonly timeout?: number | undefined
    readonly output?: number | undefined
    readonly runs?: number | undefined
    readonly nice?: number | undefined
  }
  readonly runAs?: { readonly name: string; readonly account: Account | undefined } | undefined
  readonly consent: (typeof CONSENTS)[number]
  readonly lifecycle: boolean
  /** Whether outputs of runs may be kept on the disk here. */
  readonly outputs: { readonly keep: boolean }
}

/** The file that it was read from, if there is one, and what of it says something. */
export interface Source {
  readonly file?: string
  readonly fields: readonly string[]
}

export class Policy {
  readonly rules: Rules
  readonly #source: Source
  readonly #isLess: boolean
  /** Why it is less than the owner wrote. */
  readonly safe: string | undefined

  /** `mode`: from the command line; takes effect where it is less than the file's. `safe`: why, if nobody asked for it. */
  constructor(rules: Rules, source: Source = { fields: [] }, mode: Mode = rules.mode, safe?: string) {
    this.safe = safe
    this.#isLess = MODES.indexOf(mode) < MODES.indexOf(rules.mode)
    this.rules = this.#isLess ? { ...rules, mode } : rules
    this.#source = source
  }

  /** The same in mode `diagnose`, until it is read anew. */
  inSafeMode(reason: string): Policy {
    return this.mode === 'diagnose' ? this : new Policy(this.rules, this.#source, 'diagnose', reason)
  }

  get mode(): Mode {
    return this.rules.mode
  }

  /** Where the policy stands: the file, or that there is none. */
  get where(): string {
    return this.#source.file ?? 'no policy file'
  }

  /** What a presence shows, without grants. */
  get shown(): OwnerPolicy {
    const { mode, allow, runAs, consent, limits } = this.rules
    const patterns = mode === 'allow' ? firstOf(allow.map(({ argv }) => showPattern(argv))) : []
    const more = mode === 'allow' ? allow.length - patterns.length : 0
    const off = CLOSABLE.filter((rule) => !this.#isOpen(rule))
    return {
      mode,
      ...(off.length > 0 && { off }),
      ...(patterns.length > 0 && { allow: patterns }),
      ...(more > 0 && { more }),
      ...(runAs && { runAs: runAs.name }),
      ...(consent !== 'none' && { consent }),
      ...(Object.keys(limits).length > 0 && { limits }),
      ...(this.safe !== undefined && { safe: this.safe }),
    }
  }

  /** Each field as it is in force, and who said so: the file, the command line, the mode, or nobody. */
  get fields(): readonly { readonly name: string; readonly value: unknown; readonly from: string }[] {
    const { mode, allow, deny, limits, runAs, consent, lifecycle, outputs } = this.rules
    const from = (name: string): string => (this.#source.fields.includes(name) ? this.where : 'default')
    const patterns = allow.map(({ argv, as }) => showPattern(argv) + (as ? ` (as ${as.name})` : ''))
    return [
      { name: 'mode', value: mode, from: this.#isLess ? this.#lessFrom : from('mode') },
      ...(mode === 'allow' ? [{ name: 'allow', value: patterns, from: from('allow') }] : []),
      { name: 'deny', value: deny.map(showPattern), from: from('deny') },
      { name: 'shell', value: this.#isOpen('shell'), from: mode === 'full' ? from('shell') : `mode ${mode}` },
      { name: 'limits', value: limits, from: from('limits') },
      { name: 'runAs', value: runAs?.name ?? ownName(), from: from('runAs') },
      { name: 'consent', value: consent, from: from('consent') },
      { name: 'lifecycle', value: lifecycle, from: from('lifecycle') },
      { name: 'outputs', value: outputs, from: from('outputs') },
    ]
  }

  /** As whom a program would run. @throws POLICY: by which line, and what would allow it */
  check(need: Need, asked: Asked, isGranted: boolean): Account | undefined {
    if (!isGranted) checkOff(this.shown, asked, 0)
    if (need.rule !== 'run') return this.rules.runAs?.account
    this.#checkDenied(need.argv, asked)
    if (this.mode !== 'allow' || isGranted) return this.rules.runAs?.account
    return this.#allowed(need, asked)
  }

  get #lessFrom(): string {
    return this.safe === undefined ? '--mode' : `safe mode: ${this.safe}`
  }

  #isOpen(rule: PolicyRule): boolean {
    const { mode, shell, lifecycle, runAs } = this.rules
    if (rule === 'run') return mode !== 'diagnose'
    // They act within the agent, as its own user: what `runAs` keeps from a program they would give away.
    if (IN_THE_AGENT.includes(rule)) return mode === 'full' && runAs?.account === undefined
    if (rule === 'shell') return mode === 'full' && shell
    return rule !== 'kill' || lifecycle
  }

  #checkDenied(argv: Need['argv'], asked: Asked): void {
    const denied = this.rules.deny.find((pattern) => argv !== undefined && matches(pattern, argv))
    if (denied === undefined) return
    throw new RconsoleError(
      'POLICY',
      `${asked.machine} refuses run: \`${showPattern(denied)}\` stands in deny of ${this.where}; only there another policy can allow it`,
    )
  }

  #allowed({ argv, line, isPlain }: Need, asked: Asked): Account | undefined {
    const { allow, runAs } = this.rules
    // To follow a run begins nothing.
    if (argv === undefined && line === undefined) return undefined
    if (argv === undefined) {
      throw refusal(
        asked,
        'mode allow, which starts programs and reads no line of a shell (run -- PROGRAM …)',
      )
    }
    // LD_PRELOAD or PATH would make any program of an allowed one, and so would the folder of ./deploy.
    if (isPlain !== true)
      throw refusal(asked, 'mode allow, which takes neither variables (-e) nor a folder (--cwd)')
    const found = allow.find((one) => matches(one.argv, argv))
    if (found === undefined) {
      const what = [...argv].join(' ').slice(0, 100)
      throw refusal(
        asked,
        `mode allow, and \`${what}\` matches none of its ${allow.length} patterns (${this.where})`,
      )
    }
    return (found.as ?? runAs)?.account
  }
}

/** Rules that a policy may close to everyone. */
const IN_THE_AGENT: readonly PolicyRule[] = ['read', 'write', 'forward', 'control']
const CLOSABLE: readonly PolicyRule[] = ['run', 'shell', ...IN_THE_AGENT, 'kill']

/** As many as a presence has room for. */
function firstOf(patterns: readonly string[]): string[] {
  const shown: string[] = []
  let bytes = 0
  for (const pattern of patterns.slice(0, SHOWN_PATTERNS)) {
    bytes += Buffer.byteLength(JSON.stringify(pattern))
    if (bytes > SHOWN_BYTES) break
    shown.push(pattern)
  }
  return shown
}
