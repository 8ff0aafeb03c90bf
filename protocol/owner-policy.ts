// The policy of a machine's owner as its presence shows it, and the one line with which agent and console refuse by it.
import * as v from 'valibot'
import { RconsoleError } from './errors.ts'
import { secondsSchema } from './statement.ts'

/** From the least to the most. */
export const MODES = ['diagnose', 'allow', 'full'] as const
export type Mode = (typeof MODES)[number]

/** What a grant opens for a time: the rules that the mode may close. */
export const GRANTED = ['run', 'shell'] as const

const word = v.pipe(v.string(), v.maxLength(64))
const number = v.pipe(v.number(), v.integer(), v.minValue(0))

/** Patterns that a presence shows at most, and the bytes of all of them: a statement has room for 16 KiB. */
export const SHOWN_PATTERNS = 32
export const SHOWN_BYTES = 4096
/** Grants that a machine has at most; all are shown. */
export const MOST_GRANTS = 16

/** Loose, as part of a signed statement: an older console reads what it knows. */
export const ownerPolicySchema = v.looseObject({
  mode: word,
  /** Rules that are closed to everyone who has no grant: 'run', 'shell', 'read', 'write', 'forward', 'control', 'kill'. */
  off: v.optional(v.pipe(v.array(word), v.maxLength(16))),
  /** In mode `allow`: patterns of argv, as a shell would be given them. */
  allow: v.optional(
    v.pipe(v.array(v.pipe(v.string(), v.maxLength(SHOWN_BYTES))), v.maxLength(SHOWN_PATTERNS)),
  ),
  /** How many patterns are not shown. */
  more: v.optional(number),
  runAs: v.optional(word),
  consent: v.optional(word),
  /** `timeout` in ms, `output` in bytes. */
  limits: v.optional(
    v.looseObject({
      timeout: v.optional(number),
      output: v.optional(number),
      runs: v.optional(number),
      nice: v.optional(number),
    }),
  ),
  /** Why it is in mode `diagnose` though its owner says more: the agent crashed again and again. */
  safe: v.optional(v.pipe(v.string(), v.maxLength(256))),
  grants: v.optional(
    v.pipe(v.array(v.looseObject({ what: word, to: word, until: secondsSchema })), v.maxLength(MOST_GRANTS)),
  ),
})
export type OwnerPolicy = v.InferOutput<typeof ownerPolicySchema>

/** Frozen by whom, and since when (seconds). */
export const frozenSchema = v.looseObject({ by: v.pipe(v.string(), v.maxLength(256)), at: secondsSchema })
export type Frozen = v.InferOutput<typeof frozenSchema>

/** What a frozen machine still does: say what it is, end, and be thawed. */
const WHILE_FROZEN: readonly string[] = ['facts', 'kill', 'freeze']

/** Who asks for what of which machine. */
export interface Asked {
  readonly machine: string
  readonly operator: string
  readonly rule: string
}

/** @throws FROZEN: by whom, and who ends it */
export function checkFrozen(frozen: Frozen | undefined, { machine, rule }: Asked): void {
  if (frozen === undefined || WHILE_FROZEN.includes(rule)) return
  const since = new Date(frozen.at * 1000).toISOString()
  throw new RconsoleError(
    'FROZEN',
    `${machine} refuses ${rule}: frozen by ${frozen.by} since ${since}; an admin ends that with \`rconsole unfreeze ${machine}\``,
  )
}

/** @throws POLICY: by which line of the policy, and what would allow it. `now` in seconds */
export function checkOff(policy: OwnerPolicy, asked: Asked, now: number): void {
  const { rule, operator } = asked
  if (policy.off?.includes(rule) !== true) return
  if (policy.grants?.some(({ what, to, until }) => what === rule && to === operator && now < until) === true)
    return
  throw policy.safe === undefined ? refusal(asked, becauseOf(rule, policy)) : inSafeMode(asked, policy.safe)
}

/** The line of a refusal: the machine, the rule, and what would allow it. */
export function refusal({ machine, operator, rule }: Asked, because: string): RconsoleError {
  const instead = GRANTED.some((granted) => granted === rule)
    ? `only there it can be allowed: \`ragent grant ${rule} ${operator} 30m\`, or another policy`
    : 'only there another policy can allow it'
  return new RconsoleError(
    'POLICY',
    `${machine} refuses ${rule}: its owner's policy says ${because}; ${instead}`,
  )
}

function inSafeMode({ machine, rule }: Asked, safe: string): RconsoleError {
  return new RconsoleError(
    'POLICY',
    `${machine} refuses ${rule}: it is in safe mode, ${safe}; find out why, then an admin ends that with \`rconsole reset ${machine}\``,
  )
}

function becauseOf(rule: string, { mode, runAs }: OwnerPolicy): string {
  if (rule === 'kill') return 'lifecycle: false'
  if (mode === 'full' && rule !== 'shell')
    return `runAs: ${runAs ?? ''}, and ${rule} acts as the agent's own user`
  return mode === 'full' ? `${rule}: false` : `mode ${mode}`
}
