// The owner's policy file: JSON that only root or the agent's user may write, read strictly, refused with one line.
import { closeSync, fstatSync, openSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import * as v from 'valibot'
import { RconsoleError, systemCode } from '../protocol/errors.ts'
import { type Mode, MODES } from '../protocol/owner-policy.ts'
import { parseDuration, parseSize } from '../protocol/units.ts'
import { type Account, findAccount, isOwn, ownName, tryLaunch } from './account.ts'
import { readPattern } from './patterns.ts'
import { type AllowedProgram, CONSENTS, Policy, type Rules } from './policy.ts'

/** Where root's policy lies unless `--policy` says another place. */
const DEFAULT_FILE = '/etc/ragent/policy.json'
const MOST_BYTES = 256 * 1024
/** What `limits.output` may say (bytes). */
const MOST_OUTPUT = 2 ** 50
const OTHERS_WRITE = 0o022

/** A field that `read` makes something of; what it throws says what was expected. */
const field = <T>(read: (given: unknown) => T) =>
  v.pipe(
    v.unknown(),
    v.rawTransform<unknown, T>(({ dataset, addIssue, NEVER }) => {
      try {
        return read(dataset.value)
      } catch (error) {
        addIssue({ message: error instanceof Error ? error.message : String(error) })
        return NEVER
      }
    }),
  )

const pattern = field(patternOf)
const user = field(userOf)
const whole = (least: number, most: number) =>
  field((given) => {
    if (typeof given === 'number' && Number.isInteger(given) && given >= least && given <= most) return given
    throw new Error(`expected a whole number from ${least} to ${most}, got ${show(given)}`)
  })

const fileSchema = v.strictObject({
  mode: v.picklist(MODES),
  allow: v.optional(v.pipe(v.array(field(allowedOf)), v.maxLength(256)), []),
  deny: v.optional(v.pipe(v.array(pattern), v.maxLength(256)), []),
  shell: v.optional(v.boolean()),
  limits: v.optional(
    v.strictObject({
      timeout: v.optional(field(timeOf)),
      output: v.optional(field((given) => parseSize('', textOf(given), MOST_OUTPUT))),
      runs: v.optional(whole(1, 10_000)),
      nice: v.optional(whole(0, 19)),
    }),
    {},
  ),
  runAs: v.optional(user),
  consent: v.optional(v.picklist(CONSENTS), 'none'),
  lifecycle: v.optional(v.boolean(), true),
  outputs: v.optional(v.strictObject({ keep: v.optional(v.boolean(), true) }), {}),
})

/** What holds where the owner said nothing. */
export const NO_FILE: Rules = {
  mode: 'full',
  allow: [],
  deny: [],
  shell: true,
  limits: {},
  consent: 'none',
  lifecycle: true,
  outputs: { keep: true },
}

/**
 * The policy in force: of `file`, of root's default place, or none. A file that was there once must stay.
 * @throws POLICY naming file, field, what was expected and what came
 */
export function policyReader(file: string | undefined, mode: Mode | undefined): () => Policy {
  let known = file
  return () => {
    if (known === undefined && process.getuid?.() === 0 && exists(DEFAULT_FILE)) known = DEFAULT_FILE
    return known === undefined ? new Policy(NO_FILE, undefined, mode) : readPolicy(known, mode)
  }
}

function readPolicy(file: string, mode: Mode | undefined): Policy {
  const given = parse(file, readOwned(file))
  const parsed = v.safeParse(fileSchema, given)
  if (!parsed.success) throw wrong(file, explain(parsed.issues[0]))
  const { shell, ...rest } = parsed.output
  const { mode: own, allow, limits, runAs } = rest
  if (shell === true && own !== 'full')
    throw wrong(file, `shell: expected false in mode ${own} (a shell runs anything), got true`)
  for (const { account } of [runAs, ...allow.map(({ as }) => as)].flatMap((as) => (as ? [as] : [])))
    trial(file, account, limits.nice)
  const fields = typeof given === 'object' && given !== null ? Object.keys(given) : []
  return new Policy({ ...rest, shell: shell ?? true }, { file, fields }, mode)
}

/** What cannot be done later is said now. */
function trial(file: string, account: Account | undefined, nice: number | undefined): void {
  try {
    tryLaunch({ account, nice })
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n').filter(Boolean).join('; ') : String(error)
    throw wrong(file, `runAs: expected to be able to become ${account?.name ?? ownName()}, got: ${why}`)
  }
}

function readOwned(file: string): string {
  try {
    const fd = openSync(file, 'r')
    try {
      const stats = fstatSync(fd)
      checkOwned(file, stats, 'file')
      for (const folder of new Set([dirname(file), dirname(realpathSync(file))]))
        checkOwned(folder, statSync(folder), 'folder')
      if (stats.size > MOST_BYTES)
        throw wrong(file, `expected at most ${MOST_BYTES} bytes, got ${stats.size}`)
      return readFileSync(fd, 'utf8')
    } finally {
      closeSync(fd)
    }
  } catch (cause) {
    if (cause instanceof RconsoleError) throw cause
    throw new RconsoleError('POLICY', `cannot read ${file}: ${systemCode(cause) ?? 'unknown error'}`, {
      cause,
    })
  }
}

/** Whoever else can write it decides what runs here. */
function checkOwned(path: string, { mode, uid }: Stats, kind: 'file' | 'folder'): void {
  if (process.platform === 'win32') return
  if (uid !== 0 && uid !== process.getuid?.())
    throw wrong(path, `expected a ${kind} of root or of ${ownName()}, got one of user ${uid}: chown it`)
  if ((mode & OTHERS_WRITE) === 0) return
  const got = (mode & 0o7777).toString(8)
  throw wrong(path, `expected a ${kind} that others cannot write, got mode ${got}: chmod go-w it`)
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'something else'
    throw wrong(file, `expected JSON, got ${why}`)
  }
}

function allowedOf(given: unknown): AllowedProgram {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return { argv: patternOf(given) }
  const unknown = Object.keys(given).find((name) => name !== 'argv' && name !== 'as')
  if (unknown !== undefined || !('argv' in given))
    throw new Error(`expected argv, and as if another user shall run it, got ${show(given)}`)
  const argv = patternOf(given.argv)
  return 'as' in given ? { argv, as: userOf(given.as) } : { argv }
}

function patternOf(given: unknown): AllowedProgram['argv'] {
  const isWords = Array.isArray(given) && given.every((word) => typeof word === 'string')
  if (typeof given !== 'string' && !isWords)
    throw new Error(`expected a line like "systemctl status *" or an array of words, got ${show(given)}`)
  return readPattern(given)
}

function userOf(given: unknown): { name: string; account: Account | undefined } {
  const name = textOf(given)
  const account = /^[A-Za-z_][A-Za-z0-9_.-]{0,31}\$?$/.test(name) ? findAccount(name) : undefined
  if (account === undefined) throw new Error(`expected a user of this machine, got ${show(given)}`)
  if (isOwn(account)) return { name, account: undefined }
  if (process.getuid?.() === 0) return { name, account }
  throw new Error(`expected ragent to run as root or as ${name}, got ragent of ${ownName()}`)
}

function timeOf(given: unknown): number {
  const ms = parseDuration('', textOf(given))
  if (ms > 0) return ms
  throw new Error(`expected more than no time, got ${show(given)}`)
}

function textOf(given: unknown): string {
  if (typeof given === 'string') return given
  throw new Error(`expected a text, got ${show(given)}`)
}

/** Field, what was expected, what came. */
function explain(issue: v.BaseIssue<unknown>): string {
  const path = issue.path?.map(({ key }) => String(key)).join('.') ?? 'the whole'
  if (issue.type === 'strict_object' && issue.expected === 'never')
    return `${path}: expected one of ${Object.keys(fileSchema.entries).join(', ')}, got an unknown field`
  // The one field that must be there.
  if (issue.expected === '"mode"') return `mode: expected ${MODES.join(', ')}, got nothing`
  if (issue.type === 'raw_transform') return `${path}: ${issue.message.replace(/^: /, '')}`
  return `${path}: expected ${issue.expected ?? issue.message}, got ${show(issue.input)}`
}

function wrong(file: string, what: string): RconsoleError {
  return new RconsoleError('POLICY', `${file}: ${what}`)
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80)
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}
