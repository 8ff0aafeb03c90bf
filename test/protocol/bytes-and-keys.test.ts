// Bytes and keys: strict base64url, padding, identities, the token, relay URLs, fragments.
import { createHash, randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import t from 'tap'
import { asBuffer, fromBase64url, toBase64url, u48 } from '../../protocol/bytes.ts'
import { Assembler, fragments } from '../../protocol/fragments.ts'
import { checkPublicKey, identity, idOf, seedOf, sha256, sign, verify } from '../../protocol/keys.ts'
import { ASSEMBLED_BYTES, KiB, MESSAGE_BYTES, MiB } from '../../protocol/limits.ts'
import { pad, paddedSize, unpad } from '../../protocol/padding.ts'
import { parseRelayUrl } from '../../protocol/relay-url.ts'
import { newToken, readToken } from '../../protocol/token.ts'
import { FUZZ_RUNS, SLOW_RUNS } from '../fuzz.ts'

const INVALID = { code: 'INVALID_MESSAGE' }
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

void t.test('base64url goes there and back', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) =>
      fromBase64url(toBase64url(bytes)).equals(bytes),
    ),
    { numRuns: FUZZ_RUNS },
  )
  t.equal(
    toBase64url(new Uint8Array([255, 254, 253, 1]).subarray(1, 3)),
    '_v0',
    'a view is not its whole buffer',
  )
})

void t.test('base64url has one spelling', async (t) => {
  for (const text of ['QQ==', 'QR', 'Q', 'a+b_', 'a/b_', 'QUJD\n', ' QUJD', 'QU JD', 'QUJDé', 'QQ=', '\0']) {
    t.throws(() => fromBase64url(text), INVALID, JSON.stringify(text))
  }
  t.throws(() => fromBase64url('QUJD', 4), INVALID, 'another length than asked for')
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (text) => {
      try {
        return toBase64url(fromBase64url(text)) === text
      } catch {
        // Refused: nothing was taken for what it is not.
        return true
      }
    }),
    { numRuns: FUZZ_RUNS },
  )
})

void t.test('sequence numbers are six bytes, big-endian', async (t) => {
  t.equal(u48(2 ** 48 - 1).toString('hex'), 'ffffffffffff')
  t.equal(u48(0x0102_0304_0506).toString('hex'), '010203040506')
  t.throws(() => u48(2 ** 48), { code: 'ERR_OUT_OF_RANGE' }, 'the counter never wraps')
  const bytes = new Uint8Array([1, 2, 3, 4])
  asBuffer(bytes.subarray(1, 3))[0] = 9
  t.equal(bytes[1], 9, 'asBuffer is a view')
})

void t.test('a padded size says little and costs little', async (t) => {
  let last = 0
  for (let length = 0; length <= 300 * KiB; length += length < 8192 ? 1 : 37) {
    const size = paddedSize(length)
    if (size < 64 || size < length || size < last || size > Math.max(64, length * 1.12)) {
      t.fail(`paddedSize(${length}) is ${size} after ${last}`)
    }
    last = size
  }
  const sizes = new Set(Array.from({ length: 300 * KiB }, (_, length) => paddedSize(length)))
  t.ok(sizes.size < 256, `${sizes.size} sizes are left of 300 Ki lengths`)
})

const lengths = fc.oneof(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 0, max: 300 * KiB }))

void t.test('padding goes there and back, and fits in one way only', async (t) => {
  fc.assert(
    fc.property(lengths, fc.constantFrom(0, 6, 96), (length, headBytes) => {
      const [head, message] = [randomBytes(headBytes), randomBytes(length)]
      const padded = pad(head, message)
      if (!unpad(padded, headBytes).equals(message) || !padded.subarray(0, headBytes).equals(head))
        return false
      const longer = Buffer.concat([padded, Buffer.alloc(1)])
      const shorter = padded.subarray(0, padded.length - 1)
      const twice = Buffer.concat([padded, Buffer.alloc(padded.length)])
      return [longer, shorter, twice].every((other) => isRefused(() => unpad(other, headBytes)))
    }),
    { numRuns: SLOW_RUNS },
  )
  const padded = pad(Buffer.alloc(6), Buffer.from('uptime'))
  for (let at = 15; at < padded.length; at++) {
    const dirty = Buffer.from(padded)
    dirty[at] = 1
    if (!isRefused(() => unpad(dirty, 6))) t.fail(`a tail that is not zero at ${at}`)
  }
  for (let length = 0; length < padded.length * 3; length++) {
    const other = Buffer.concat([padded, Buffer.alloc(200)]).subarray(0, length)
    if (length !== padded.length && !isRefused(() => unpad(other, 6))) t.fail(`${length} bytes`)
  }
})

void t.test('an identity is its seed, and its id is the hash of its key', async (t) => {
  const seed = Buffer.alloc(32, 7)
  const id = identity(seed)
  t.ok(seedOf(id).equals(seed))
  t.equal(identity(seedOf(id)).public, id.public)
  const digest = createHash('sha256').update(id.publicBytes).digest()
  t.equal(idOf(id.public), digest.subarray(0, 15).toString('base64url'))
  t.ok(sha256(Buffer.from('a'), Buffer.from('b')).equals(createHash('sha256').update('ab').digest()))
  // RFC 8032 §7.1, test 1.
  const rfc = identity(Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex'))
  t.equal(rfc.publicBytes.toString('hex'), 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')
  t.match(
    sign(rfc, Buffer.alloc(0)).toString('hex'),
    /^e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e0652249/,
  )
})

void t.test('a signature that does not hold is false, never an exception', async (t) => {
  const id = identity()
  const message = Buffer.from('message')
  const signature = sign(id, message)
  t.ok(verify(id.public, message, signature))
  t.notOk(verify(id.public, Buffer.from('massage'), signature))
  t.notOk(verify(identity().public, message, signature))
  for (const key of ['', 'x', id.public.slice(1), `${id.public}A`, toBase64url(Buffer.alloc(32, 255)), '=']) {
    t.notOk(verify(key, message, signature), `with the key ${JSON.stringify(key)}`)
  }
  for (const length of [0, 1, 63, 65]) t.notOk(verify(id.public, message, Buffer.alloc(length)))
  for (let bit = 0; bit < 512; bit++) {
    const other = Buffer.from(signature)
    other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    if (verify(id.public, message, other)) t.fail(`bit ${bit} of the signature does not matter`)
  }
})

/** The eight points of small order; from "Taming the many EdDSAs" (2020/1244), table 1. */
const SMALL = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
]

void t.test('a key of small order is refused, and verifies nothing', async (t) => {
  // R = A = the neutral element and S = 0 fits every message in an implementation that does not look.
  const forged = Buffer.concat([Buffer.from(SMALL[0] ?? '', 'hex'), Buffer.alloc(32)])
  for (const hex of SMALL) {
    const key = toBase64url(Buffer.from(hex, 'hex'))
    t.throws(() => checkPublicKey(key), INVALID)
    t.notOk(verify(key, Buffer.from('anything'), forged))
  }
  t.throws(() => checkPublicKey('short'), INVALID)
  const { public: key } = identity()
  t.equal(checkPublicKey(key), key)
})

void t.test('a token says its fleet and its join key', async (t) => {
  const fleet = idOf(identity().public)
  const token = newToken(fleet)
  t.match(token, /^rjt_[\w-]{44}$/)
  const [first, second] = [readToken(token), readToken(token)]
  t.equal(first.fleet, fleet)
  t.equal(first.join.public, second.join.public)
  t.not(readToken(newToken(fleet)).join.public, first.join.public)
})

void t.test('10. a token with any damaged character is refused', async (t) => {
  // A fixed one: a checksum of 16 bits lets one damage in 65,536 through.
  const token = newToken(toBase64url(Buffer.alloc(15, 1)), Buffer.alloc(16, 2))
  for (let at = 0; at < token.length; at++) {
    for (const char of `${ALPHABET}+/= \n\0é`) {
      if (char === token[at]) continue
      const damaged = token.slice(0, at) + char + token.slice(at + 1)
      if (!isRefused(() => readToken(damaged), 'TOKEN')) t.fail(`${JSON.stringify(char)} at ${at} is taken`)
    }
    if (!isRefused(() => readToken(token.slice(0, at)), 'TOKEN'))
      t.fail(`the first ${at} characters are taken`)
  }
  for (const other of ['', 'rjt_', token.slice(4), `${token}A`, ` ${token}`, token.toUpperCase()]) {
    t.throws(() => readToken(other), { code: 'TOKEN', message: /copy it again/ })
  }
})

void t.test('a relay URL is https, or http on this machine', async (t) => {
  const pin = idOf(identity().public)
  t.strictSame(parseRelayUrl(`https://relay.example:8443/#${pin}`), {
    url: 'https://relay.example:8443',
    host: 'relay.example:8443',
    isLoopback: false,
    pin,
  })
  t.strictSame(parseRelayUrl('https://relay.example'), {
    url: 'https://relay.example',
    host: 'relay.example',
    isLoopback: false,
  })
  for (const loopback of [
    'http://localhost:1',
    'http://127.0.0.1',
    'http://127.9.9.9:80',
    'http://[::1]:8',
  ]) {
    t.ok(parseRelayUrl(loopback).isLoopback, loopback)
  }
  const refused = `relay.example ftp://relay.example https:// ws://relay.example javascript:alert(1)
    http://relay.example http://127.0.0.1.example http://localhost.example http://10.0.0.1 http://[::2]
    https://relay.example/path https://relay.example/?q https://me:secret@relay.example
    https://relay.example#${pin}x https://relay.example#short`
  for (const url of ['', ...refused.split(/\s+/)])
    t.throws(() => parseRelayUrl(url), { code: 'RELAY_URL' }, url)
})

void t.test('a message up to 2 MiB travels in fragments', async (t) => {
  const sizes = [0, 1, MESSAGE_BYTES, MESSAGE_BYTES + 1, MiB, ASSEMBLED_BYTES]
  for (const size of sizes) {
    const message = Buffer.concat([Buffer.from('{'), randomBytes(size)]).subarray(0, size)
    const assembler = new Assembler()
    const parts = [...fragments(message)].map((part) => asBuffer(part))
    t.ok(parts.every(({ length }) => length <= MESSAGE_BYTES))
    const wholes = parts.flatMap((part) => assembler.add(part) ?? [])
    t.equal(wholes.length, 1)
    t.ok(wholes[0]?.equals(message), `${size} bytes in ${parts.length} parts`)
  }
  t.throws(() => [...fragments(Buffer.alloc(ASSEMBLED_BYTES + 1))], INVALID)
})

void t.test('fragments that do not belong together are refused', async (t) => {
  const interrupted = new Assembler()
  interrupted.add(Buffer.alloc(MESSAGE_BYTES, 2))
  t.throws(() => interrupted.add(Buffer.from('{}')), INVALID)
  for (const odd of [Buffer.of(2), Buffer.of(3), Buffer.of(3, 1), Buffer.alloc(MESSAGE_BYTES - 1, 2)]) {
    t.throws(() => new Assembler().add(odd), INVALID, `${odd.length} bytes: not as they are cut`)
  }
  const emptyEnd = new Assembler()
  emptyEnd.add(Buffer.alloc(MESSAGE_BYTES, 2))
  t.throws(() => emptyEnd.add(Buffer.of(3)), INVALID)
  const endless = new Assembler()
  t.throws(() => {
    for (let n = 0; n < 20; n++) endless.add(Buffer.alloc(MESSAGE_BYTES, 2))
  }, INVALID)
})

function isRefused(action: () => unknown, code = 'INVALID_MESSAGE'): boolean {
  try {
    action()
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === code
  }
}
