// Key files of the console: an Ed25519 seed, plain or sealed with a passphrase (scrypt and AES-256-GCM).
import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto'
import * as v from 'valibot'
import { fromBase64url, toBase64url } from '../protocol/bytes.ts'
import { RconsoleError } from '../protocol/errors.ts'
import { type Identity, identity, seedOf } from '../protocol/keys.ts'

/** 0.35 s and 128 MiB for each guess (measured). */
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 2 ** 20 } as const

const plainSchema = v.strictObject({ kind: v.picklist(['signer', 'operator']), seed: v.string() })
const sealedSchema = v.strictObject({
  kind: v.picklist(['signer', 'operator']),
  salt: v.string(),
  nonce: v.string(),
  sealed: v.string(),
})
export type KeyKind = 'signer' | 'operator'

/** The text of a key file; sealed when there is a passphrase. */
export function packKey(kind: KeyKind, id: Identity, passphrase: string | undefined): string {
  const seed = seedOf(id)
  if (passphrase === undefined) return `${JSON.stringify({ kind, seed: toBase64url(seed) })}\n`
  const salt = randomBytes(16)
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', stretch(passphrase, salt), nonce).setAAD(Buffer.from(kind))
  const sealed = Buffer.concat([cipher.update(seed), cipher.final(), cipher.getAuthTag()])
  return `${JSON.stringify({ kind, salt: toBase64url(salt), nonce: toBase64url(nonce), sealed: toBase64url(sealed) })}\n`
}

/** The identity in a key file. `passphrase` is asked for only when it is sealed. @throws HOME */
export async function unpackKey(
  path: string,
  kind: KeyKind,
  text: string,
  passphrase: () => Promise<string>,
): Promise<Identity> {
  const value = parse(path, text)
  const plain = v.safeParse(plainSchema, value)
  if (plain.success && plain.output.kind === kind) return identity(fromBase64url(plain.output.seed, 32))
  const sealed = v.safeParse(sealedSchema, value)
  if (!sealed.success || sealed.output.kind !== kind) throw damaged(path, kind)
  const { salt, nonce, sealed: box } = sealed.output
  const bytes = fromBase64url(box, 48)
  const key = stretch(await passphrase(), fromBase64url(salt))
  const decipher = createDecipheriv('aes-256-gcm', key, fromBase64url(nonce, 12), { authTagLength: 16 })
  decipher.setAAD(Buffer.from(kind)).setAuthTag(bytes.subarray(32))
  const seed = decipher.update(bytes.subarray(0, 32))
  try {
    decipher.final()
  } catch (cause) {
    throw new RconsoleError('HOME', `${path}: wrong passphrase`, { cause })
  }
  return identity(seed)
}

function stretch(passphrase: string, salt: Uint8Array): Buffer {
  return scryptSync(passphrase.normalize('NFKC'), salt, 32, SCRYPT)
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new RconsoleError('HOME', `${path} is damaged: restore it from a backup`, { cause })
  }
}

function damaged(path: string, kind: KeyKind): RconsoleError {
  return new RconsoleError(
    'HOME',
    `${path}: expected a key file of the ${kind}, got something else; restore it from a backup`,
  )
}
