// The agent's door against whoever holds the relay: real handshakes, held back, replayed, forwarded, swapped and altered.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { hear } from '../../protocol/handshake.ts'
import { Initiator, respond } from '../../protocol/noise.ts'
import { dhPair } from '../../protocol/aead.ts'
import { NO_BYTES, toBase64url } from '../../protocol/bytes.ts'
import { KIND, NUDGE, packBody, unpackBody } from '../../protocol/envelope.ts'
import { RconsoleError } from '../../protocol/errors.ts'
import { identity } from '../../protocol/keys.ts'
import { HANDSHAKES_PER_SECOND } from '../../protocol/limits.ts'
import { encode } from '../../protocol/messages.ts'
import { flips } from '../protocol/hands.ts'
import { until } from '../until.ts'
import { clockAhead, type DoorWorld, ends, marker, openDoor, visit, withoutKey } from './door-world.ts'

/** The payload of a hello, as the agent that it was sealed to can read it. */
function payloadFor(world: DoorWorld, prekey: ReturnType<typeof dhPair>, message: Uint8Array): Buffer {
  return respond(prologueOf(world), prekey, message)?.payload ?? NO_BYTES
}

function prologueOf({ fleet, agent }: DoorWorld): Buffer {
  return Buffer.concat([Buffer.from(`ragent/1\0${fleet.pin}\0`), agent.publicBytes])
}

void t.test('an operator is heard, and the first request is answered in one round trip', async (t) => {
  const world = openDoor(t)
  const alice = visit(t, world)
  const { request, count } = marker(t)
  const first = alice.ask('run', request())
  alice.knock(alice.hello())
  t.match(alice.answer, { want: 1, doc: { v: 1, n: 1 } })
  t.equal(await ends(alice, first), 'result')
  t.equal(await ends(alice, alice.ask('ping')), 'result')
  t.strictSame([world.started, count()], [['run', 'ping'], 1])
})

void t.test('1. an unknown operator is told so under seal, and nothing runs', async (t) => {
  const world = openDoor(t)
  const mallory = visit(t, world, identity())
  mallory.ask('ping')
  mallory.knock(mallory.hello())
  t.match(mallory.answer, { want: 0, error: { code: 'UNKNOWN_OPERATOR' } })
  const forger = visit(t, world, withoutKey(identity(), identity()))
  forger.ask('ping')
  // Looked up first: to verify what a stranger signed would cost more than the whole lookup.
  t.match(forger.knock(forger.hello()).answer, { error: { code: 'UNKNOWN_OPERATOR' } })
  t.strictSame(world.started, [])
  const revoked = openDoor(t, { fleet: world.fleet, body: { revoked: [world.fleet.operator.public] } })
  const alice = visit(t, revoked)
  alice.ask('ping')
  t.match(alice.knock(alice.hello()).answer, { error: { code: 'UNKNOWN_OPERATOR' } })
  t.strictSame(revoked.started, [])
})

void t.test('2. an operator’s key without its private half gets no answer, and nothing runs', async (t) => {
  const world = openDoor(t)
  const thief = visit(t, world, withoutKey(world.fleet.operator, identity()))
  thief.ask('ping')
  thief.knock(thief.hello())
  t.strictSame([thief.answer, thief.nudges, world.started, world.sent], [undefined, [], [], []])
})

void t.test('a hello that nobody signed is not even remembered', async (t) => {
  const world = openDoor(t)
  const alice = visit(t, world)
  const ephemeral = dhPair()
  const first = alice.ask('ping')
  alice.knock(alice.hello({ ephemeral, operator: withoutKey(alice.operator, identity()) }))
  t.strictSame([alice.answer, world.started], [undefined, []])
  alice.knock(alice.hello({ ephemeral }))
  t.equal(await ends(alice, first), 'result')
})

void t.test('4. a hostile agent cannot forward an operator’s signature to another agent', async (t) => {
  const victim = openDoor(t)
  const hostile = openDoor(t, { fleet: victim.fleet })
  const prekey = dhPair()
  const alice = visit(t, hostile)
  alice.ask('run', marker(t).request())
  const { payload: sealed = NO_BYTES } = unpackBody(alice.hello({ prekey: toBase64url(prekey.public) })) ?? {}
  const payload = payloadFor(hostile, prekey, sealed)
  t.ok(payload.length > 96, 'the hostile agent can read what it was sent')
  const forwarded = new Initiator(prologueOf(victim), victim.prekeys.public).hello(() => payload)
  victim.door.receive(alice.address, packBody(KIND.hello, alice.id, forwarded))
  t.strictSame([victim.started, victim.sent], [[], []])
})

void t.test('4. whoever learned the prekey cannot swap the command under the signature', async (t) => {
  const world = openDoor(t)
  // With the prekey's private half the sealed payload can be read, and sealed anew under the same ephemeral key: the
  // hash of the handshake stays the same, and only the signature stands between.
  const [prekey, ephemeral] = [dhPair(), dhPair()]
  const alice = visit(t, world)
  alice.ask('ping')
  const body = alice.hello({ prekey: toBase64url(prekey.public), ephemeral })
  const payload = payloadFor(world, prekey, unpackBody(body)?.payload ?? NO_BYTES)
  const swapped = Buffer.from(payload.toString('latin1').replace('ping', 'pong'), 'latin1')
  t.notOk(swapped.equals(payload))
  const heard = [payload, swapped].map((said) => {
    const forged = new Initiator(prologueOf(world), prekey.public, ephemeral).hello(() => said)
    return hear(world.fleet.pin, world.agent.public, prekey, forged)?.isSigned()
  })
  t.strictSame(heard, [true, false])
})

void t.test('5. a hello that is replayed runs nothing a second time', async (t) => {
  const world = openDoor(t)
  const alice = visit(t, world)
  const { request, count } = marker(t)
  const first = alice.ask('run', request())
  const said = alice.hello()
  alice.knock(said)
  for (let n = 0; n < 5; n++) world.door.receive(n % 2 ? alice.address : 'R'.repeat(20), said)
  t.equal(await ends(alice, first), 'result')
  world.door.receive(alice.address, said)
  world.door.gone(alice.address)
  world.door.receive(alice.address, said)
  world.prekeys.renew()
  world.door.receive(alice.address, said)
  t.strictSame([world.started, count(), world.sent.length], [['run'], 1, 0])
})

void t.test('6. a hello from before a restart or two renewals cannot be opened', async (t) => {
  const world = openDoor(t)
  const later = clockAhead(t)
  const alice = visit(t, world)
  alice.ask('ping')
  const said = alice.hello()
  world.prekeys.renew()
  later(121_000)
  alice.knock(said)
  t.strictSame([alice.nudges, alice.answer, world.started], [[NUDGE.unknownPrekey], undefined, []])
  const again = alice.hello()
  world.prekeys.drop()
  alice.knock(again)
  t.strictSame([alice.nudges.length, alice.answer, world.started], [2, undefined, []])
})

void t.test('7. a hello brought to another agent cannot be opened', async (t) => {
  const [world, other] = [openDoor(t), openDoor(t)]
  const alice = visit(t, world)
  alice.ask('ping')
  other.door.receive(alice.address, alice.hello())
  t.strictSame([other.started, other.sent.map(({ body }) => body.kind)], [[], [KIND.nudge]])
})

void t.test('8. with the prekey of another agent swapped in, neither can open the hello', async (t) => {
  const world = openDoor(t)
  const other = openDoor(t, { fleet: world.fleet })
  const alice = visit(t, world)
  alice.ask('ping')
  const said = alice.hello({ prekey: toBase64url(other.prekeys.public) })
  other.door.receive(alice.address, said)
  alice.knock(said)
  t.strictSame([world.started, other.started, alice.answer], [[], [], undefined])
})

void t.test('12. every single bit of a hello counts at the door', async (t) => {
  const world = openDoor(t)
  const later = clockAhead(t)
  const alice = visit(t, world)
  const first = alice.ask('ping')
  const said = alice.hello()
  // The first 9 bytes are the envelope: a kind, and a session that is sealed in the hello again.
  for (const altered of flips(said)) {
    later(100)
    world.door.receive(alice.address, altered)
  }
  t.strictSame(world.started, [])
  t.ok(world.sent.every(({ body }) => body.kind === KIND.nudge))
  const again = alice.hello()
  alice.knock(again)
  t.equal(await ends(alice, first), 'result')
})

void t.test(
  '15. frames mean nothing under another session, another address or another operator',
  async (t) => {
    const world = openDoor(t)
    const [alice, bob] = [visit(t, world), visit(t, world, world.fleet.admin)]
    for (const visitor of [alice, bob]) {
      const first = visitor.ask('ping')
      visitor.knock(visitor.hello())
      t.equal(await ends(visitor, first), 'result')
    }
    const before = alice.frames.length
    const s = alice.ask('ping')
    const taken = alice.frames.slice(before)
    for (const frame of [...taken, randomBytes(80), NO_BYTES]) {
      bob.knock(packBody(KIND.frame, bob.id, frame))
      bob.knock(packBody(KIND.frame, alice.id, frame))
    }
    t.ok(bob.nudges.includes(NUDGE.unknownSession), 'not its address')
    t.equal(await ends(alice, s), 'result')
    t.equal(await ends(bob, bob.ask('ping')), 'result', 'and bob’s session goes on')
    t.strictSame(world.started, ['ping', 'ping', 'ping', 'ping'])
  },
)

void t.test('an old hello cannot undo a later one', async (t) => {
  const world = openDoor(t)
  const alice = visit(t, world)
  const first = alice.ask('ping')
  alice.knock(alice.hello())
  t.equal(await ends(alice, first), 'result')
  const held = alice.hello()
  alice.knock(alice.hello())
  world.door.receive('R'.repeat(20), held)
  t.equal(await ends(alice, alice.ask('ping')), 'result')
  t.strictSame(world.sent, [])
})

void t.test('5. a hello that was held back begins nothing anew when its session is over', async (t) => {
  const world = openDoor(t)
  const alice = visit(t, world)
  const first = alice.ask('ping')
  // The first is on its way for long; she says it again, is heard, and her session ends.
  const held = alice.hello()
  alice.knock(alice.hello())
  t.equal(await ends(alice, first), 'result')
  world.door.end(new RconsoleError('GONE', 'over'))
  alice.knock(held)
  t.match(world.started, ['ping'], 'once')
  t.equal(world.started.length, 1)
})

void t.test(
  '5. a console that was cut off before the answer came does not run its command twice',
  async (t) => {
    const world = openDoor(t)
    const alice = visit(t, world)
    const { request, count } = marker(t)
    const asked = alice.ask('run', request())
    world.door.receive(alice.address, alice.hello())
    await until(() => count() === 1 && world.services.works.count('run') === 0, 'it ran')
    world.door.gone(alice.address)
    world.sent.length = 0
    // She never heard an answer, so she says it again as soon as she is back, and hears how it went.
    alice.knock(alice.hello())
    t.equal(await ends(alice, asked), 'result')
    t.strictSame([world.started, count()], [['run'], 1])
  },
)

void t.test('a flood of hellos is looked at as fast as the work allows, and no faster', async (t) => {
  const world = openDoor(t)
  const later = clockAhead(t)
  const garbage = packBody(KIND.hello, 'AAAAAAAAAAA', randomBytes(100))
  for (let n = 0; n < HANDSHAKES_PER_SECOND * 3; n++) world.door.receive('R'.repeat(20), garbage)
  const answered = world.sent.length
  t.ok(answered >= HANDSHAKES_PER_SECOND && answered < HANDSHAKES_PER_SECOND * 2, `${answered} nudges`)
  const alice = visit(t, world)
  const first = alice.ask('ping')
  later(1000)
  alice.knock(alice.hello())
  t.equal(await ends(alice, first), 'result')
})

void t.test(
  'a first message that cannot be taken is refused under seal, and leaves nothing behind',
  async (t) => {
    const world = openDoor(t)
    const firsts = [
      Buffer.from('{"t":"later","s":1}'),
      Buffer.from('not JSON'),
      encode({ t: 'result', s: 1, value: 1 }),
      Buffer.from(`{"t":"${'x'.repeat(9000)}"}`),
      Buffer.of(3, 1),
    ]
    for (const first of firsts) {
      const alice = visit(t, world)
      alice.knock(alice.hello({ first }))
      t.match(alice.answer, { error: { code: 'INVALID_MESSAGE' } }, first.toString().slice(0, 20))
      alice.knock(packBody(KIND.frame, alice.id, randomBytes(80)))
      t.strictSame(alice.nudges, [NUDGE.unknownSession])
    }
    t.strictSame(world.started, [])
  },
)

void t.test('whatever else comes to the door is dropped', async (t) => {
  const world = openDoor(t)
  for (let n = 0; n < 300; n++) {
    const body = randomBytes(n)
    if (n % 3 === 0) body[0] = n % 5
    world.door.receive('R'.repeat(20), body)
  }
  t.ok(world.sent.every(({ body }) => body.kind === KIND.nudge))
  t.strictSame(world.started, [])
})
