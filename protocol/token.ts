// The join token: the fleet's pin and a secret in 48 characters. Whoever holds it can enrol a machine, nothing else.
import { randomBytes } from 'node:crypto'
import { fromBase64url, toBase64url } from './bytes.ts'
import { RconsoleError } from './errors.ts'
import { type Identity, identity, sha256 } from './keys.ts'

const PREFIX = 'rjt_'
const PIN_BYTES = 15
const SECRET_BYTES = 16
const CHECK_BYTES = 2
const JOIN_DOMAIN = Buffer.from('ragent/join/1\0')

export interface JoinToken {
  /** The fleet's id: a relay that offers another fleet is refused. */
  readonly fleet: string
  /** The key made from the secret. The relay only ever learns its public half. */
  readonly join: Identity
}

/** `rjt_` and base64url of fleet id (15 bytes), secret (16 bytes), checksum (2 bytes). */
export function newToken(fleet: string, secret: Uint8Array = randomBytes(SECRET_BYTES)): string {
  const body = Buffer.concat([fromBase64url(fleet, PIN_BYTES), secret])
  return PREFIX + toBase64url(Buffer.concat([body, sha256(body).subarray(0, CHECK_BYTES)]))
}

/** @throws TOKEN when a character is missing or wrong. */
export function readToken(token: string): JoinToken {
  const bytes = decode(token)
  const body = bytes?.subarray(0, PIN_BYTES + SECRET_BYTES)
  if (
    bytes === undefined ||
    body === undefined ||
    bytes.length !== PIN_BYTES + SECRET_BYTES + CHECK_BYTES ||
    !sha256(body).subarray(0, CHECK_BYTES).equals(bytes.subarray(body.length))
  ) {
    throw new RconsoleError(
      'TOKEN',
      'the token is damaged: expected rjt_ and 44 characters as `token new` printed them; copy it again',
    )
  }
  return {
    fleet: toBase64url(body.subarray(0, PIN_BYTES)),
    join: identity(sha256(JOIN_DOMAIN, body.subarray(PIN_BYTES))),
  }
}

function decode(token: string): Buffer | undefined {
  if (!token.startsWith(PREFIX)) return undefined
  try {
    return fromBase64url(token.slice(PREFIX.length))
  } catch {
    // Not base64url: damaged, which is what the caller says.
    return undefined
  }
}
