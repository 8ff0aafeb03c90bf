// One thing an operator can ask a machine to do, declared once: the agent serves it, the console calls it.
import * as v from 'valibot'
import { InvalidMessage } from './errors.ts'
import { explain } from './explain.ts'
import type { Role } from './fleet.ts'
import { recordOf } from './record.ts'

/** What the owner's policy speaks about; each action names the one it falls under. */
export const POLICY_RULES = [
  'facts',
  'logs',
  'control',
  'run',
  'shell',
  'read',
  'write',
  'forward',
  'lifecycle',
  'kill',
  'freeze',
] as const
export type PolicyRule = (typeof POLICY_RULES)[number]

export interface Need {
  readonly role: Role
  readonly rule: PolicyRule
  /** What would be started, for patterns of the policy; absent for a line of a shell. */
  readonly argv?: readonly string[]
  /** A line of a shell, for the owner to see. */
  readonly line?: string
  /** Whether folder and environment are left as they are. */
  readonly isPlain?: boolean
}

type AnySchema = v.GenericSchema<unknown, unknown>

/**
 * `request` travels once, console to agent. `input` may follow it. `output` comes back any number of times, then one
 * `result`. The relay sees none of them: they are sealed before they leave either end. Every schema bounds every size.
 */
export interface Action<
  Name extends string = string,
  Request extends AnySchema = AnySchema,
  Input extends AnySchema = AnySchema,
  Output extends AnySchema = AnySchema,
  Result extends AnySchema = AnySchema,
> {
  readonly name: Name
  readonly request: Request
  readonly input: Input
  readonly output: Output
  readonly result: Result
  /** @throws INVALID_MESSAGE */
  read(value: unknown): ReadRequest<v.InferOutput<Request>>
}

/** A request that has been read: with what it needs, so that no one asks about a request that was not parsed. */
export interface ReadRequest<Request> {
  readonly request: Request
  readonly need: Need
  /** How long the work waits for a console that the relay says has left (ms); without it, the session's own time. */
  readonly grace: number | undefined
}

/** Declare an action; the types of its four schemas are kept. */
export function defineAction<
  const Name extends string,
  Request extends AnySchema,
  Input extends AnySchema,
  Output extends AnySchema,
  Result extends AnySchema,
>(
  declared: Omit<Action<Name, Request, Input, Output, Result>, 'read'> & {
    /** The least role, and the rule of the owner's policy, for this request. */
    readonly needs: (request: v.InferOutput<Request>) => Need
    readonly grace?: (request: v.InferOutput<Request>) => number
  },
): Action<Name, Request, Input, Output, Result> {
  return {
    ...declared,
    read(value) {
      const parsed = v.safeParse(declared.request, value)
      if (!parsed.success) throw new InvalidMessage(`${declared.name}: ${explain(parsed.issues)}`)
      const request = parsed.output
      return { request, need: declared.needs(request), grace: declared.grace?.(request) }
    },
  }
}

/** An action without input or without output. */
export const nothing = v.never()

/** Bytes on one of a program's descriptors; the only values that travel as bytes and not as JSON. */
export const chunk = <const Fd extends readonly (0 | 1 | 2)[]>(...fds: Fd) =>
  v.strictObject({ fd: v.picklist(fds), data: v.custom<Uint8Array>((value) => value instanceof Uint8Array) })

/** Milliseconds, up to thirty days. */
export const duration = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(30 * 24 * 3_600_000))

/** Text of at most `bytes` bytes of UTF-8 without NUL, which no argument, path or name can carry. */
export const text = (bytes: number) =>
  v.pipe(
    v.string(),
    v.maxBytes(bytes),
    v.check((value) => !value.includes('\0'), 'expected text without NUL'),
  )

/** A size or a count: bytes, usually. */
export const amount = v.pipe(v.number(), v.minValue(0), v.maxValue(2 ** 53))

/** A whole number from `least` to `most`. */
export const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most))

/** A number of a process. */
export const pid = whole(1, 2 ** 31)

/** The id of a run or of a lifecycle order: 16 random bytes in base64url, chosen by the console. */
export const workId = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{22}$/))

/** Environment variables a console may set: at most 256 names. */
export const environment = v.pipe(
  recordOf(
    v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_]{0,255}$/)),
    text(128 * 1024),
    'expected names of variables, and text without NUL',
  ),
  v.check((value) => Object.keys(value).length <= 256, 'expected at most 256 variables'),
)
/** Bytes of one descriptor. */
export interface Chunk {
  readonly fd: 0 | 1 | 2
  readonly data: Uint8Array
}

/** Whether a value travels as bytes. */
export function isChunk(value: unknown): value is Chunk {
  return typeof value === 'object' && value !== null && 'data' in value && value.data instanceof Uint8Array
}
