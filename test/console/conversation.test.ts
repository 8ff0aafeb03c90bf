// A console's session against a relay that nudges, denies and cuts: what it says of a request rests on what came under seal.
import t, { type Test } from 'tap'
import { Conversation } from '../../console/conversation.ts'
import { HeldFleet } from '../../console/held-fleet.ts'
import { dhPair } from '../../protocol/aead.ts'
import { type Bytes, toBase64url } from '../../protocol/bytes.ts'
import { KIND, NUDGE, packBody, unpackBody } from '../../protocol/envelope.ts'
import { RconsoleError } from '../../protocol/errors.ts'
import { versionOf } from '../../protocol/fleet.ts'
import { hear, type HeardHello } from '../../protocol/handshake.ts'
import { RESUME_MS } from '../../protocol/limits.ts'
import { fleet, home, joined, now, only, presence } from './known-world.ts'

/** A conversation with one machine, whose hellos the test can open. */
function conversing(t: Test) {
  const prekey = dhPair()
  const one = joined()
  const known = home(t).start()
  const seen = (more: object = {}) => {
    const shown = presence(one.agent, now, { pre: toBase64url(prekey.public), ...more })
    const machine = only(known.learn([{ ...one.entry, presence: shown }]))
    if (machine === undefined) throw new Error('no machine')
    return machine
  }
  const held = new HeldFleet(fleet.document(), () => undefined)
  const hellos: HeardHello[] = []
  const frames: Bytes[] = []
  const asked: string[] = []
  const ends: string[] = []
  const conversation = new Conversation({
    held,
    operator: fleet.operator,
    machine: seen(),
    journal: {
      asked: ({ action }) => void asked.push(action),
      told: (_, code) => void ends.push(code ?? 'well'),
    },
    send: (_to, bytes) => {
      const body = unpackBody(bytes)
      if (body?.kind === KIND.frame) frames.push(body.payload)
      const heard = hear(fleet.pin, one.agent.public, prekey, body?.payload ?? Buffer.alloc(0))
      if (heard !== undefined) hellos.push(heard)
      return true
    },
    refresh: () => undefined,
    restart: () => undefined,
    document: () => undefined,
    closed: () => undefined,
  })
  t.teardown(() => conversation.close(new RconsoleError('CANCELLED', 'the test is over')))
  const answer = (): void => {
    const message = hellos.at(-1)?.answer({ want: 1, now: Date.now(), doc: versionOf(held.fleet) }).message
    const body = unpackBody(packBody(KIND.answer, conversation.id, message ?? Buffer.alloc(0)))
    if (body !== undefined) conversation.receive(body)
  }
  const nudge = (): void => {
    const body = unpackBody(packBody(KIND.nudge, conversation.id, Buffer.of(NUDGE.unknownSession)))
    if (body !== undefined) conversation.receive(body)
  }
  return { conversation, hellos, frames, asked, ends, answer, nudge, seen }
}

t.test('nudges make it shake hands again, and never more often than once in five seconds', async (t) => {
  const { conversation, hellos, answer, nudge, seen } = conversing(t)
  const monotonic = performance.now.bind(performance)
  let passed = 0
  t.intercept(performance, 'now', { value: () => monotonic() + passed, configurable: true })
  conversation.open('ping', '{}')
  answer()
  t.equal(hellos.length, 1)
  for (let n = 0; n < 100; n++) {
    nudge()
    conversation.update(seen())
  }
  t.equal(hellos.length, 1)
  passed = RESUME_MS
  nudge()
  conversation.update(seen())
  t.equal(hellos.length, 2)
  t.same(
    hellos.map((hello) => hello.content().head.attempt),
    [0, 1],
  )
})

t.test(
  'once a request has left, the relay’s word ends nothing, and says of nothing that it did not run',
  async (t) => {
    const { conversation, ends, answer, nudge, asked } = conversing(t)
    conversation.open('run', '{}')
    answer()
    conversation.undeliverable()
    nudge()
    conversation.down()
    t.strictSame([asked, ends], [['run'], []], 'it waits for a word under seal')

    const unheard = conversing(t)
    const stream = unheard.conversation.open('run', '{}')
    unheard.conversation.undeliverable()
    t.strictSame(unheard.ends, ['OFFLINE'])
    await t.rejects(stream.inlet.next(), { message: /unconfirmed \(the relay says/ })
  },
)

t.test('an agent that has restarted is not asked the same again', async (t) => {
  const { conversation, ends, hellos, answer, seen } = conversing(t)
  const stream = conversation.open('run', '{}')
  answer()
  conversation.update(seen({ boot: 'c'.repeat(22) }))
  t.strictSame([ends, hellos.length], [['LOST'], 1])
  await t.rejects(stream.inlet.next(), { message: /restarted meanwhile: .* it may have run/ })
})
