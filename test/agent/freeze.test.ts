// Freeze at an agent's door: the role and scope it takes, and that forged or replayed traffic never freezes anything.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { FrozenFile } from '../../agent/frozen.ts'
import { identity } from '../../protocol/keys.ts'
import { operatorEntry } from '../protocol/world.ts'
import { type DoorWorld, ends, marker, newDoor, openDoor, seconds, visit, withoutKey } from './door-world.ts'
import { newId } from './world.ts'

/** A door whose freeze is the real one, in a folder of its own. */
function freezable(t: Test, options?: Parameters<typeof newDoor>[0]): DoorWorld {
  const home = mkdtempSync(join(tmpdir(), 'rconsole-test-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  return openDoor(t, { ...options, home })
}

const frozen = ({ services }: DoorWorld): unknown => services.gate.frozen

void t.test('freeze takes an operator, unfreeze an admin, both their scope', async (t) => {
  const world = freezable(t)
  const { viewer, operator, admin } = world.fleet
  const eve = visit(t, world, viewer)
  const first = eve.ask('freeze', { word: 'freeze' })
  eve.knock(eve.hello())
  t.equal(await ends(eve, first), 'ROLE')
  t.equal(frozen(world), undefined)
  const olaf = visit(t, world, operator)
  const done = olaf.ask('freeze', { word: 'freeze' })
  olaf.knock(olaf.hello())
  t.equal(await ends(olaf, done), 'result')
  t.match(frozen(world), { by: String })
  t.equal(await ends(olaf, olaf.ask('freeze', { word: 'unfreeze' })), 'ROLE')
  t.ok(frozen(world))
  const alice = visit(t, world, admin)
  const thaw = alice.ask('freeze', { word: 'unfreeze' })
  alice.knock(alice.hello())
  t.equal(await ends(alice, thaw), 'result')
  t.equal(frozen(world), undefined)
})

void t.test('while it is frozen the agent itself refuses, whatever a console believes', async (t) => {
  const world = freezable(t)
  const { request, count } = marker(t)
  const alice = visit(t, world, world.fleet.admin)
  const first = alice.ask('freeze', { word: 'freeze' })
  alice.knock(alice.hello())
  t.equal(await ends(alice, first), 'result')
  const size = { cols: 80, rows: 24 }
  for (const [action, asked] of [
    ['run', request()],
    ['shell', { id: newId(), term: 'xterm', size }],
    ['lifecycle', { id: newId(), word: 'reset' }],
  ] as const)
    t.equal(await ends(alice, alice.ask(action, asked)), 'FROZEN', action)
  t.equal(await ends(alice, alice.ask('ping')), 'result')
  t.equal(await ends(alice, alice.ask('facts', { parts: ['os'] })), 'result')
  t.equal(await ends(alice, alice.ask('freeze', { word: 'unfreeze' })), 'result')
  t.equal(await ends(alice, alice.ask('run', request())), 'result')
  t.equal(count(), 1)
})

void t.test('out of their scope nobody freezes', async (t) => {
  const world = freezable(t, { labels: { env: 'dev' } })
  const scoped = identity()
  const entry = operatorEntry(scoped, 'admin', seconds(), { env: ['prod'] })
  world.services.fleet = world.fleet.document({ operators: [entry] })
  const sam = visit(t, world, scoped)
  const asked = sam.ask('freeze', { word: 'freeze' })
  sam.knock(sam.hello())
  t.equal(await ends(sam, asked), 'SCOPE')
  t.equal(frozen(world), undefined)
})

void t.test('forged traffic never freezes anything', async (t) => {
  const world = freezable(t)
  const { operator } = world.fleet
  for (const [what, who] of [
    ['an unknown key', identity()],
    ['a known key without its private half', withoutKey(operator, identity())],
  ] as const) {
    const thief = visit(t, world, who)
    thief.ask('freeze', { word: 'freeze' })
    thief.knock(thief.hello())
    t.equal(frozen(world), undefined, what)
  }
  const olaf = visit(t, world, operator)
  const first = olaf.ask('ping')
  olaf.knock(olaf.hello())
  t.equal(await ends(olaf, first), 'result')
  t.equal(await ends(olaf, olaf.ask('freeze', { word: 'freeze' }, { sig: undefined })), 'BAD_SIGNATURE')
  t.equal(await ends(olaf, olaf.ask('freeze', { word: 'freeze' }, { sig: 'A'.repeat(86) })), 'BAD_SIGNATURE')
  t.equal(frozen(world), undefined)
  const flipped = visit(t, world, operator)
  flipped.ask('freeze', { word: 'freeze' })
  const hello = Buffer.from(flipped.hello())
  for (let at = 9; at < hello.length; at++) {
    const bad = Buffer.from(hello)
    bad.writeUInt8(bad.readUInt8(at) ^ 1, at)
    world.door.receive(flipped.address, bad)
  }
  t.equal(frozen(world), undefined, 'with any byte changed')
})

void t.test('replayed traffic never freezes again what was thawed', async (t) => {
  const world = freezable(t)
  const { operator, admin } = world.fleet
  const olaf = visit(t, world, operator)
  const first = olaf.ask('freeze', { word: 'freeze' })
  const hello = olaf.hello()
  olaf.knock(hello)
  t.equal(await ends(olaf, first), 'result')
  const alice = visit(t, world, admin)
  const thaw = alice.ask('freeze', { word: 'unfreeze' })
  alice.knock(alice.hello())
  t.equal(await ends(alice, thaw), 'result')
  olaf.knock(hello)
  for (const frame of olaf.frames) olaf.session.receive(frame)
  t.equal(frozen(world), undefined, 'the hello that froze it')
  world.prekeys.drop()
  olaf.knock(hello)
  t.equal(frozen(world), undefined, 'and after a restart')
})

void t.test('what is frozen is so for the next process, too', async (t) => {
  const home = t.testdir()
  chmodSync(home, 0o700)
  new FrozenFile(home).set({ by: 'alice', at: 5 })
  t.strictSame(new FrozenFile(home).frozen, { by: 'alice', at: 5 })
  new FrozenFile(home).clear()
  t.equal(new FrozenFile(home).frozen, undefined)
})
