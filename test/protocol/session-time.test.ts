// A session and time: silence, idleness, keys of before, and keys that grow old.
import t from 'tap'
import { EFFECT_MS, STALL_MS } from '../../protocol/limits.ts'
import { forward } from '../forward.ts'
import { joinHands } from './hands.ts'

const text = (message: string) => Buffer.from(message)

void t.test('after a minute of silence nothing takes effect before a new handshake', async (t) => {
  const hands = joinHands()
  const { a, b } = hands
  const later = forward(t)
  hands.shake()
  a.session.send(text('held back by the relay'))
  later(EFFECT_MS + 1000)
  hands.pass()
  t.strictSame([b.messages, b.stalls > 0], [[], true])
  hands.shake()
  hands.pass()
  t.strictSame(b.messages, ['held back by the relay'])
  later(EFFECT_MS - 1000)
  a.session.send(text('in time'))
  hands.pass()
  t.equal(b.messages.at(-1), 'in time')
  hands.close()
})

void t.test(
  'a message that is not acknowledged for 20 s stalls, and a busy session gives a sign of life',
  async (t) => {
    const later = forward(t)
    const hands = joinHands()
    const { a, b } = hands
    hands.shake()
    a.session.busy = true
    later(10_000)
    t.equal(a.out.length, 1, 'a keepalive')
    hands.pass()
    t.equal(a.stalls, 0)
    a.session.busy = false
    a.session.send(text('lost'))
    a.out = []
    later(STALL_MS - 3000)
    t.equal(a.stalls, 0, 'however long it was idle before')
    later(6000)
    t.ok(a.stalls > 0)
    hands.shake()
    hands.pass()
    t.strictSame(b.messages, ['lost'])
    hands.close()
  },
)

void t.test('a session that was idle is given its time when it is busy again', async (t) => {
  const later = forward(t)
  const hands = joinHands()
  hands.shake()
  later(40_000)
  hands.a.session.busy = true
  hands.a.session.send(text('after a pause'))
  later(6_000)
  t.equal(hands.a.stalls, 0, 'an answer may take longer than the next look')
  later(STALL_MS)
  t.ok(hands.a.stalls > 0)
  hands.close()
})

void t.test(
  'once its transport is lost, a session seals nothing more under the keys of before',
  async (t) => {
    const hands = joinHands()
    const { a, b } = hands
    hands.shake()
    a.session.send(text('one'))
    b.session.send(text('uno'))
    const old = a.out.splice(0)
    b.out = []
    a.session.suspend()
    b.session.suspend()
    a.session.send(text('two'))
    t.strictSame([a.session.isUp, a.out], [false, []], 'what is said now waits')
    for (const frame of old) b.session.receive(frame)
    t.strictSame(b.messages, [], 'and nothing is opened with them')
    hands.shake()
    hands.pass()
    t.strictSame([b.messages, a.messages], [['one', 'two'], ['uno']])
    hands.close()
  },
)

void t.test('59. keys that were used long enough are renewed, and the conversation goes on', async (t) => {
  for (const rekey of [
    { frames: 4, ms: 1e9 },
    { frames: 1e9, ms: 60_000 },
  ]) {
    const hands = joinHands(undefined, rekey)
    const { a, b } = hands
    const later = forward(t)
    hands.shake()
    t.notOk(a.session.isAged)
    const said = Array.from({ length: 6 }, (_, n) => `message ${n}`)
    for (const message of said.slice(0, 5)) a.session.send(text(message))
    hands.pass()
    later(rekey.ms === 60_000 ? rekey.ms + 1 : 0)
    t.ok(a.session.isAged)
    hands.shake()
    t.notOk(a.session.isAged)
    for (const message of said.slice(5)) a.session.send(text(message))
    hands.pass()
    t.strictSame([b.messages, hands.reused], [said, []])
    hands.close()
  }
})
