// What a machine writes down: each signed request and its end, whole for admins, and of others' only hashes for the rest.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { examine } from '../../console/receipts.ts'
import { hashLine } from '../../protocol/chain-file.ts'
import type { Identity } from '../../protocol/keys.ts'
import { isAskedSigned, readReceipt, type Receipt } from '../../protocol/receipt.ts'
import { type DoorWorld, ends, marker, openDoor, visit } from './door-world.ts'
import { newId } from './world.ts'

/** What is on the disk, each verified. */
function written({ folder, agent }: DoorWorld): Receipt[] {
  const lines = readFileSync(join(folder, 'receipts.jsonl'), 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => readReceipt(agent.public, line))
}

/** What the receiver of action `history` would be given. */
async function shownTo(world: DoorWorld, { public: key }: Identity, isAdmin: boolean) {
  const shown = []
  for await (const one of world.services.receipts.shown(0, { key, isAdmin })) shown.push(one)
  return shown
}

void t.test(
  'an effect has two receipts, a look one, a refusal its code; nothing for what nobody signed',
  async (t) => {
    const world = openDoor(t)
    const { fleet } = world
    const { request, count } = marker(t)
    const [alice, eve] = [visit(t, world), visit(t, world, fleet.viewer)]
    const first = alice.ask('run', request())
    alice.knock(alice.hello())
    t.equal(await ends(alice, first), 'result')
    t.equal(await ends(alice, alice.ask('ping')), 'result')
    t.equal(await ends(alice, alice.ask('ping', {}, { sig: undefined })), 'BAD_SIGNATURE')
    t.equal(await ends(alice, alice.ask('ping', {}, { by: Date.now() - 1 })), 'LATE')
    const refused = eve.ask('run', request())
    eve.knock(eve.hello())
    t.equal(await ends(eve, refused), 'ROLE')
    t.equal(count(), 1)
    const receipts = written(world)
    t.match(receipts, [
      { n: 1, asked: { action: 'run', name: 'some-operator' }, outcome: { word: 'started' } },
      { n: 2, of: 1, outcome: { word: 'done', status: 0, signal: null, in: 0, out: 0 } },
      { n: 3, asked: { action: 'ping' }, outcome: { word: 'done' } },
      { n: 4, asked: { action: 'ping' }, outcome: { word: 'refused', code: 'LATE' } },
      { n: 5, asked: { action: 'run', name: 'some-viewer' }, outcome: { word: 'refused', code: 'ROLE' } },
    ])
    t.equal(receipts.length, 5)
    // The relay sees heads: without this it could guess what was asked, and compare.
    t.equal(new Set(receipts.map(({ salt }) => salt)).size, 5, 'each has random bytes of its own')
    for (const receipt of receipts) {
      if (receipt.asked === undefined) continue
      t.ok(isAskedSigned(receipt, receipt.asked), 'the operator’s signature')
      t.notOk(isAskedSigned(receipt, { ...receipt.asked, request: '{"id":"other"}' }), 'over this text')
      t.notOk(isAskedSigned({ ...receipt, agent: fleet.admin.public }, receipt.asked), 'for this machine')
    }
  },
)

void t.test('20. an operator sees their own, an admin all, and both that nothing is missing', async (t) => {
  const world = openDoor(t)
  const { fleet, agent } = world
  const { request } = marker(t)
  for (const operator of [fleet.operator, fleet.admin, fleet.operator]) {
    const someone = visit(t, world, operator)
    const run = someone.ask('run', request())
    someone.knock(someone.hello())
    t.equal(await ends(someone, run), 'result')
  }
  const { head } = world.services.receipts
  const all = await shownTo(world, fleet.admin, true)
  t.match(examine(agent.public, all, [head]), { entries: 6, withheld: 0, broken: undefined })
  const own = await shownTo(world, fleet.operator, false)
  t.match(examine(agent.public, own, [head]), { entries: 6, withheld: 2, broken: undefined })
  t.strictSame(
    own.map((one) => 'jws' in one),
    [true, true, false, false, true, true],
  )
  t.match(own[3], { n: 4, hash: hashLine(all[3] !== undefined && 'jws' in all[3] ? all[3].jws : '') })
  t.match(examine(agent.public, own.toSpliced(3, 1), [head]).broken, { n: 4, what: 'removed' })
  t.match(examine(agent.public, own.slice(0, -1), [head]).broken, { n: 6, what: 'truncated' })
  const none = await shownTo(world, fleet.viewer, false)
  t.match(examine(agent.public, none, [head]), { entries: 6, withheld: 6, broken: undefined })
})

void t.test(
  'values of variables are not written, and a request that is too long is cut; signatures stay',
  async (t) => {
    const world = openDoor(t)
    const alice = visit(t, world)
    const env = { TOKEN: 'very-secret', PATH: '/bin:/usr/bin' }
    const first = alice.ask('run', { id: newId(), program: { argv: ['true'] }, env })
    alice.knock(alice.hello())
    t.equal(await ends(alice, first), 'result')
    const long = { id: newId(), program: { argv: ['true', '"\\\u0001'.repeat(8_000)] } }
    t.equal(await ends(alice, alice.ask('run', long)), 'result')
    const [one, , two] = written(world)
    t.match(one?.asked, { cut: true, request: /"env":\["TOKEN","PATH"\]/ })
    t.notMatch(JSON.stringify(one), 'very-secret')
    t.equal(two?.asked?.request.length, 1_000)
    for (const receipt of [one, two]) t.ok(receipt?.asked && isAskedSigned(receipt, receipt.asked))
  },
)
