// Tokens: the fleet's pin and a secret in 48 characters. A join token enrols machines, an operator token is a pipeline's key.
import { randomBytes } from 'node:crypto'
import { fromBase64url, toBase64url } from './bytes.ts'
import { RconsoleError } from './errors.ts'
import { type Identity, identity, sha256 } from './keys.ts'

const PIN_BYTES = 15
const SECRET_BYTES = 16
const CHECK_BYTES = 2

interface Kind {
  readonly prefix: string
  readonly domain: Buffer
  /** The command that prints one. */
  readonly command: string
}

const JOIN: Kind = { prefix: 'rjt_', domain: Buffer.from('ragent/join/1\0'), command: 'token new' }
const OPERATOR: Kind = {
  prefix: 'rop_',
  domain: Buffer.from('ragent/operator/1\0'),
  command: 'operator token',
}

export interface JoinToken {
  /** The fleet's id: a relay that offers another fleet is refused. */
  readonly fleet: string
  /** The key made from the secret. The relay only ever learns its public half. */
  readonly join: Identity
}

export interface OperatorToken {
  readonly fleet: string
  readonly operator: Identity
}

/** `rjt_` and base64url of fleet id (15 bytes), secret (16 bytes), checksum (2 bytes). */
export function newToken(fleet: string, secret: Uint8Array = randomBytes(SECRET_BYTES)): string {
  return write(JOIN, fleet, secret)
}

/** @throws TOKEN when a character is missing or wrong. */
export function readToken(token: string): JoinToken {
  const { fleet, key } = read(JOIN, token)
  return { fleet, join: key }
}

/** The same layout after `rop_`. */
export function newOperatorToken(fleet: string, secret: Uint8Array = randomBytes(SECRET_BYTES)): string {
  return write(OPERATOR, fleet, secret)
}

/** @throws TOKEN when a character is missing or wrong. */
export function readOperatorToken(token: string): OperatorToken {
  const { fleet, key } = read(OPERATOR, token)
  return { fleet, operator: key }
}

function write({ prefix }: Kind, fleet: string, secret: Uint8Array): string {
  const body = Buffer.concat([fromBase64url(fleet, PIN_BYTES), secret])
  return prefix + toBase64url(Buffer.concat([body, sha256(body).subarray(0, CHECK_BYTES)]))
}

function read(kind: Kind, token: string): { fleet: string; key: Identity } {
  const bytes = decode(kind.prefix, token)
  const body = bytes?.subarray(0, PIN_BYTES + SECRET_BYTES)
  if (
    bytes === undefined ||
    body === undefined ||
    bytes.length !== PIN_BYTES + SECRET_BYTES + CHECK_BYTES ||
    !sha256(body).subarray(0, CHECK_BYTES).equals(bytes.subarray(body.length))
  ) {
    throw new RconsoleError(
      'TOKEN',
      `the token is damaged: expected ${kind.prefix} and 44 characters as \`${kind.command}\` printed them; copy it again`,
    )
  }
  return {
    fleet: toBase64url(body.subarray(0, PIN_BYTES)),
    key: identity(sha256(kind.domain, body.subarray(PIN_BYTES))),
  }
}

function decode(prefix: string, token: string): Buffer | undefined {
  if (!token.startsWith(prefix)) return undefined
  try {
    return fromBase64url(token.slice(prefix.length))
  } catch {
    // Not base64url: damaged, which is what the caller says.
    return undefined
  }
}
