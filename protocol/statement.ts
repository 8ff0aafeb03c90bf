// Signed statements: compact JWS with EdDSA (RFC 7515, RFC 8037) and one fixed header per kind (RFC 8725 §3.11).
import * as v from 'valibot'
import { type Bytes, fromBase64url, toBase64url } from './bytes.ts'
import { explain } from './explain.ts'
import { type ErrorCode, InvalidMessage, RconsoleError } from './errors.ts'
import { checkPublicKey, type Identity, sha256, sign, verify } from './keys.ts'
import { FLEET_BYTES, STATEMENT_BYTES } from './limits.ts'
import { recordOf } from './record.ts'

export const STATEMENT_KINDS = [
  'signers',
  'fleet',
  'grant',
  'closed',
  'join',
  'machine',
  'presence',
  'auth',
] as const
export type StatementKind = (typeof STATEMENT_KINDS)[number]

/** A public key: 32 bytes in strict base64url, not a point of small order. */
export const keySchema = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_-]{43}$/),
  v.check((key) => passes(() => checkPublicKey(key)), 'expected a public key'),
)
/** The id of a fleet or an agent: 20 characters, the hash of its key. */
export const idSchema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{20}$/))
export const hashSchema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/))
/** Seconds since 1970 (NumericDate, RFC 7519 §2). */
export const secondsSchema = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 40))
export const jwsSchema = v.pipe(v.string(), v.maxLength(STATEMENT_BYTES), v.regex(/^[\w-]+\.[\w-]+\.[\w-]+$/))
/** The name of a machine, as in design: a host name's letters, at most 63. */
export const nameSchema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/))
const labelPart = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/))
export const labelsSchema = v.pipe(
  recordOf(labelPart, labelPart, 'expected labels: letters, digits, . _ / and -, at most 63'),
  v.check((labels) => Object.keys(labels).length <= 32, 'expected at most 32 labels'),
)
export type Labels = v.InferOutput<typeof labelsSchema>

/** Sign `body` as a statement of `kind`. @throws INVALID_MESSAGE when it would be larger than anyone accepts. */
export function issue(kind: StatementKind, by: Identity, body: Readonly<Record<string, unknown>>): string {
  const text = `${header(kind)}.${toBase64url(Buffer.from(JSON.stringify(body)))}`
  const jws = `${text}.${toBase64url(sign(by, Buffer.from(text)))}`
  checkSize(kind, jws)
  return jws
}

/** A statement that has been read but not believed: `claimed` may name the key that it then has to be signed with. */
export interface Unverified<T> {
  readonly claimed: T
  /** The body, if the statement is signed with one of `keys`. @throws `code` otherwise. */
  signedBy(keys: readonly string[], code?: ErrorCode): T
}

/**
 * Read a statement of `kind`. Unknown fields are let through, `crit` is refused (RFC 7515 §4.1.11), and serialising what
 * was parsed must give the same bytes: no duplicate keys, no second spelling.
 * @throws INVALID_MESSAGE for anything that is not such a statement.
 */
export function read<S extends v.GenericSchema<unknown, object>>(
  kind: StatementKind,
  schema: S,
  jws: string,
): Unverified<v.InferOutput<S>> {
  checkSize(kind, jws)
  const [head, payload, signature, extra] = jws.split('.')
  if (extra !== undefined || head !== header(kind) || payload === undefined || signature === undefined) {
    throw new InvalidMessage(`expected a ${kind} statement`)
  }
  const value = parseJson(fromBase64url(payload), kind)
  if (spell(value) !== payload) throw new InvalidMessage(`${kind}: not in its one spelling`)
  const parsed = v.safeParse(schema, value)
  if (!parsed.success) throw new InvalidMessage(`${kind}: ${explain(parsed.issues)}`)
  if ('crit' in parsed.output)
    throw new InvalidMessage(`${kind}: carries crit, which this version does not know`)
  const signed = Buffer.from(`${head}.${payload}`)
  return {
    claimed: parsed.output,
    signedBy(keys, code = 'BAD_SIGNATURE') {
      const bytes = fromBase64url(signature)
      if (!keys.some((key) => verify(key, signed, bytes))) {
        throw new RconsoleError(code, `${kind}: not signed by the key it needs`)
      }
      return parsed.output
    },
  }
}

/** The hash by which one statement names another. */
export function hashOf(jws: string): string {
  return toBase64url(sha256(Buffer.from(jws)))
}

/** JSON whose only trap, a `__proto__` key, becomes an own property and then an unknown field. @throws INVALID_MESSAGE */
export function parseJson(text: string | Bytes, what: string): unknown {
  try {
    return JSON.parse(typeof text === 'string' ? text : text.toString())
  } catch (cause) {
    throw new InvalidMessage(`${what}: not JSON`, { cause })
  }
}

/** The one payload for `value`; undefined when it is nested too deep: JSON.parse takes any depth, JSON.stringify does not. */
function spell(value: unknown): string | undefined {
  try {
    return toBase64url(Buffer.from(JSON.stringify(value)))
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function header(kind: StatementKind): string {
  return toBase64url(Buffer.from(`{"alg":"EdDSA","typ":"ragent-${kind}+jwt"}`))
}

function checkSize(kind: StatementKind, jws: string): void {
  const most = kind === 'fleet' ? FLEET_BYTES : STATEMENT_BYTES
  if (jws.length > most)
    throw new InvalidMessage(`${kind}: ${jws.length} bytes, at most ${most} are accepted`)
}

function passes(check: () => unknown): boolean {
  try {
    check()
    return true
  } catch {
    // The reason is the schema's own message.
    return false
  }
}
