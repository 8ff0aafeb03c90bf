// A session under a relay that drops, doubles, swaps, holds back, alters and injects: all once, in order, or not at all.
import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import t from 'tap'
import { NO_BYTES, u48 } from '../../protocol/bytes.ts'
import { ASSEMBLED_BYTES, KiB, MESSAGE_BYTES, UNACKED_BYTES } from '../../protocol/limits.ts'
import { pad } from '../../protocol/padding.ts'
import { SLOW_RUNS } from '../fuzz.ts'
import { until } from '../until.ts'
import { flips, joinHands, newTransports } from './hands.ts'

const text = (message: string) => Buffer.from(message)

void t.test('messages go both ways, in order, and are acknowledged', async (t) => {
  const hands = joinHands()
  const { a, b } = hands
  a.session.send(text('before the handshake'))
  hands.shake()
  hands.pass()
  for (let n = 0; n < 20; n++) {
    a.session.send(text(`a${n}`))
    b.session.send(text(`b${n}`))
    if (n % 3 === 0) hands.pass()
  }
  hands.pass()
  t.strictSame(b.messages, ['before the handshake', ...Array.from({ length: 20 }, (_, n) => `a${n}`)])
  t.strictSame(
    a.messages,
    Array.from({ length: 20 }, (_, n) => `b${n}`),
  )
  await until(() => {
    hands.pass()
    return a.flushes > 0 && b.flushes > 0
  }, 'both are acknowledged')
  t.strictSame([a.stalls, b.stalls, a.failure, b.failure], [0, 0, undefined, undefined])
  hands.close()
})

void t.test(
  '13. a frame renumbered, truncated, altered, reflected or repeated is dropped, and the session goes on',
  async (t) => {
    const hands = joinHands()
    const { a, b } = hands
    hands.shake()
    a.session.send(text('first'))
    a.session.send(text('second'))
    const [first = NO_BYTES, second = NO_BYTES] = a.out.splice(0)
    for (const number of [1, 2, 3, 255, 2 ** 48 - 1]) {
      b.session.receive(Buffer.concat([u48(number), first.subarray(6)]))
    }
    b.session.receive(Buffer.concat([u48(0), second.subarray(6)]))
    for (let length = 0; length < first.length; length++) b.session.receive(first.subarray(0, length))
    b.session.receive(Buffer.concat([first, Buffer.alloc(1)]))
    b.session.receive(Buffer.concat([first, second]))
    a.session.receive(first)
    a.session.receive(second)
    t.strictSame([a.messages, b.messages, b.stalls, b.session.want], [[], [], 0, 0])
    b.session.receive(first)
    b.session.receive(first)
    b.session.receive(second)
    b.session.receive(first)
    b.session.receive(second)
    t.strictSame(b.messages, ['first', 'second'])
    t.strictSame([a.failure, b.failure], [undefined, undefined])
    hands.close()
  },
)

void t.test('12. every single bit of a frame counts', async (t) => {
  const hands = joinHands()
  const { a, b } = hands
  hands.shake()
  a.session.send(text('rm -rf /tmp/x'))
  const [frame = NO_BYTES] = a.out.splice(0)
  for (const altered of flips(frame)) b.session.receive(altered)
  t.strictSame([b.messages, b.session.want, b.failure], [[], 0, undefined], `of ${frame.length * 8} bits`)
  b.session.receive(frame)
  t.strictSame(b.messages, ['rm -rf /tmp/x'])
  hands.close()
})

void t.test(
  '13. a frame that overtakes another is not taken before a new handshake, and then once',
  async (t) => {
    const hands = joinHands()
    const { a, b } = hands
    hands.shake()
    a.session.send(text('one'))
    a.session.send(text('two'))
    const [one = NO_BYTES, two = NO_BYTES] = a.out.splice(0)
    b.session.receive(two)
    t.strictSame([b.messages, b.stalls], [[], 1])
    b.session.receive(one)
    t.strictSame(b.messages, ['one'], 'what was missing is still welcome')
    hands.shake()
    b.session.receive(two)
    t.strictSame(b.messages, ['one'], 'the old keys are gone')
    hands.pass()
    t.strictSame(b.messages, ['one', 'two'])
    t.strictSame(hands.reused, [])
    hands.close()
  },
)

void t.test('15. frames of one session mean nothing to another', async (t) => {
  const [one, two] = [joinHands(), joinHands()]
  one.shake()
  two.shake()
  one.a.session.send(text('for one'))
  two.a.session.send(text('for two'))
  for (const frame of one.a.out) two.b.session.receive(frame)
  for (const frame of one.a.out) two.a.session.receive(frame)
  t.strictSame([two.b.messages, two.a.messages], [[], []])
  two.pass()
  t.strictSame([two.b.messages, two.b.failure], [['for two'], undefined])
  one.close()
  two.close()
})

/** What the relay does with one frame, drawn at random: about 20 % lost, 10 % doubled, some swapped, held or altered. */
const fate = fc.constantFrom(...'ppppppppppppddddDDsha'.split(''))
const round = fc.record({
  there: fc.integer({ min: 0, max: 6 }),
  back: fc.integer({ min: 0, max: 6 }),
  fates: fc.array(fate, { minLength: 1, maxLength: 12 }),
})

void t.test(
  '14. with a fifth of the frames lost and a tenth doubled, all arrives once and in order',
  async () => {
    fc.assert(
      fc.property(fc.array(round, { minLength: 1, maxLength: 20 }), (rounds) => {
        const hands = joinHands()
        const { a, b } = hands
        const [sentThere, sentBack]: [string[], string[]] = [[], []]
        hands.shake()
        for (const { there, back, fates } of rounds) {
          for (let n = 0; n < there; n++) sentThere.push(`there ${sentThere.length}`)
          for (const message of sentThere.slice(sentThere.length - there))
            if (there) a.session.send(text(message))
          for (let n = 0; n < back; n++) sentBack.push(`back ${sentBack.length}`)
          for (const message of sentBack.slice(sentBack.length - back))
            if (back) b.session.send(text(message))
          relay(a.out, (frame) => b.session.receive(frame), fates)
          relay(b.out, (frame) => a.session.receive(frame), fates)
          if (a.stalls + b.stalls > 0) {
            hands.shake()
            a.stalls = b.stalls = 0
          }
        }
        hands.shake()
        hands.pass()
        hands.close()
        const isWhole = String(b.messages) === String(sentThere) && String(a.messages) === String(sentBack)
        return isWhole && hands.reused.length === 0 && a.failure === undefined && b.failure === undefined
      }),
      { numRuns: SLOW_RUNS * 3 },
    )
  },
)

function relay(frames: Buffer[], receive: (frame: Buffer) => void, fates: readonly string[]): void {
  const queue = frames.splice(0)
  const held: Buffer[] = []
  for (const [index, frame] of queue.entries()) {
    const what = fates[index % fates.length]
    const next = queue[index + 1]
    if (what === 'p' || what === 'D') receive(frame)
    if (what === 'D') receive(frame)
    if (what === 's' && next !== undefined) receive(next)
    if (what === 's' || what === 'h') held.push(frame)
    if (what === 'a') receive(Buffer.concat([frame.subarray(0, -1), Buffer.of((frame.at(-1) ?? 0) ^ 1)]))
  }
  for (const frame of held) receive(frame)
}

void t.test('a resumed session goes on counting and seals nothing twice under one key', async (t) => {
  const hands = joinHands()
  const { a, b } = hands
  for (let n = 0; n < 5; n++) {
    hands.shake()
    a.session.send(text(`kept ${n}`))
    // All of it is lost: the next handshake has to bring it.
    a.out = []
    b.out = []
  }
  t.strictSame(b.messages, [])
  hands.shake()
  t.strictSame(
    a.out.map((frame) => frame.readUIntBE(0, 6)),
    [0, 1, 2, 3, 4],
  )
  hands.pass()
  t.strictSame(b.messages, ['kept 0', 'kept 1', 'kept 2', 'kept 3', 'kept 4'])
  t.strictSame(hands.reused, [])
  hands.close()
})

void t.test(
  'no number is sealed twice under one key, even when the other end answers within the call',
  async (t) => {
    const hands = joinHands((from, frame) => {
      if (from === 'a' && frame.readUIntBE(0, 6) === 0 && isResuming) a.session.send(text('asked meanwhile'))
    })
    const { a, b } = hands
    let isResuming = false
    hands.shake()
    for (const message of ['one', 'two']) a.session.send(text(message))
    b.session.send(text('an acknowledgement to carry'))
    a.out = []
    isResuming = true
    hands.shake()
    isResuming = false
    const numbers = a.out.map((frame) => frame.readUIntBE(0, 6))
    t.equal(new Set(numbers).size, numbers.length, `sealed ${String(numbers)}`)
    t.strictSame(hands.reused, [])
    hands.close()
  },
)

void t.test('acknowledging what was never sent ends the session', async (t) => {
  const keys = newTransports()
  const hands = joinHands()
  hands.a.session.begin(keys.a, 1)
  t.match(hands.a.failure, { code: 'INVALID_MESSAGE', message: /never sent/ })
  const { b } = hands
  b.session.begin(keys.b, 0)
  b.session.receive(Buffer.concat([u48(0), keys.a.send.seal(0, pad(u48(7), text('x')))]))
  t.match(b.failure, { code: 'INVALID_MESSAGE', message: /never sent/ })
  t.strictSame(b.messages, [])
  b.session.send(text('too late'))
  t.strictSame(b.out, [])
  hands.close()
})

void t.test('an authentic frame that is not padded, or is an odd fragment, ends the session', async (t) => {
  for (const plain of [
    Buffer.alloc(63),
    Buffer.alloc(3),
    pad(u48(0), Buffer.of(2)),
    pad(u48(0), Buffer.of(3)),
  ]) {
    const keys = newTransports()
    const hands = joinHands()
    const { b } = hands
    b.session.begin(keys.b, 0)
    b.session.receive(Buffer.concat([u48(0), keys.a.send.seal(0, plain)]))
    t.match(b.failure, { code: 'INVALID_MESSAGE' }, plain.toString('hex').slice(0, 30))
    t.strictSame(b.messages, [])
    hands.close()
  }
})

void t.test('messages up to 2 MiB arrive whole, also through losses', async (t) => {
  const hands = joinHands()
  const { a, b } = hands
  hands.shake()
  const sizes = [1, MESSAGE_BYTES, MESSAGE_BYTES + 1, ASSEMBLED_BYTES]
  const sent = sizes.map((size) => Buffer.concat([text('{'), randomBytes(size - 1)]).toString('latin1'))
  for (const message of sent) a.session.send(Buffer.from(message, 'latin1'))
  a.out.splice(4, 3)
  hands.pass()
  t.ok(b.stalls > 0)
  hands.shake()
  hands.pass()
  t.ok(b.messages.length === sent.length && b.messages.every((message, index) => message === sent[index]))
  t.throws(() => a.session.send(Buffer.alloc(ASSEMBLED_BYTES + 1)), { code: 'INVALID_MESSAGE' })
  hands.close()
})

void t.test('what nobody acknowledges ends the session before it fills the memory', async (t) => {
  const hands = joinHands()
  const { a } = hands
  const message = Buffer.alloc(200 * KiB, '{')
  let sent = 0
  while (a.failure === undefined && sent < 2 * UNACKED_BYTES) {
    a.session.send(message)
    sent += message.length
  }
  t.match(a.failure, { code: 'SLOW' })
  t.ok(sent <= UNACKED_BYTES + message.length)
  hands.close()
})
