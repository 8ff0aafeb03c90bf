// An admin who leaves: what becomes of the machines that they had signed for.
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packKey, unpackKey } from '../../console/keyfile.ts'
import { type Fleet, issueFleet, type Operator, readFleet } from '../../protocol/fleet.ts'
import { bringStatement } from '../../protocol/http.ts'
import { identity, type Identity } from '../../protocol/keys.ts'
import { issueMachine, type MachineBody, machineClaims } from '../../protocol/membership.ts'
import { parseRelayUrl } from '../../protocol/relay-url.ts'
import { statementOn } from '../enrolment.ts'
import { type World, world } from '../world.ts'

const now = (): number => Math.floor(Date.now() / 1000)

/** Another console of the fleet, with a key of its own. */
function makeConsole(w: World, name: string, key: Identity, fleet: Fleet): NodeJS.ProcessEnv {
  const folder = join(w.folder, name)
  cpSync(w.home, folder, {
    recursive: true,
    filter: (path) => !/seen\.json|operator\.key|signer\.key/.test(path),
  })
  writeFileSync(join(folder, 'operator.key'), packKey('operator', key, undefined), { mode: 0o600 })
  writeFileSync(join(folder, 'fleet.jws'), fleet.jws, { mode: 0o600 })
  return { RCONSOLE_HOME: folder }
}

/** A newer document with these operators, at the relay and in the first home. */
async function publish(w: World, change: (operators: readonly Operator[]) => Operator[]): Promise<Fleet> {
  const path = join(w.home, 'fleet.jws')
  const held = readFleet(w.fleet, readFileSync(path, 'utf8'))
  const file = join(w.home, 'signer.key')
  const signer = await unpackKey(file, 'signer', readFileSync(file, 'utf8'), () => Promise.resolve(''))
  const { operators, v } = held.body
  const body = { ...held.body, v: v + 1, prev: held.hash, operators: change(operators) }
  const next = readFleet(w.fleet, issueFleet(signer, body))
  writeFileSync(path, next.jws, { mode: 0o600 })
  await bringStatement(parseRelayUrl(w.url), '/fleet', next.jws)
  return next
}

const admin = (key: Identity, name: string): Operator => ({
  key: key.public,
  name,
  role: 'admin',
  exp: now() + 86_400,
})

t.test(
  'an admin leaves: who knew their machines signs anew, nobody is locked out, nothing is added',
  async (t) => {
    const w = await world(t, 'web-1', 'web-2')
    await w.ok(['machine', 'label', 'web-1', 'env=prod'])
    const [bob, carol] = [identity(), identity()]
    const both = await publish(w, (operators) => [...operators, admin(bob, 'bob'), admin(carol, 'carol')])
    const asBob = { env: makeConsole(w, 'bob', bob, both) }
    await w.ok(['ls', 'web-1'], asBob)
    const alice = both.body.operators[0]?.key ?? ''
    const { id } = await w.machine('web-1')
    const left = await publish(w, (operators) => operators.filter(({ key }) => key !== alice))
    for (const name of ['bob', 'carol']) makeConsole(w, name, name === 'bob' ? bob : carol, left)
    const asCarol = { env: { RCONSOLE_HOME: join(w.folder, 'carol') } }

    const [shown = ''] = (await w.ok(['machine', 'ls', String(id), '--json'], asCarol)).split('\n')
    t.match(JSON.parse(shown), {
      standing: 'refused',
      reason: /signed for, as web-1, by .* rconsole machine accept/,
    })
    const refused = await w.rconsole(['run', String(id), '--', 'true'], asCarol)
    t.match(
      [refused.status, refused.stderr],
      [255, /rconsole machine accept/],
      'carol never saw it, and must look',
    )

    t.equal(await w.ok(['run', 'web-1', '--', 'echo', 'hi'], asBob), 'hi\n', 'bob had seen it')
    const again = machineClaims(statementOn(w, id))
    t.match(again, { by: bob.public, name: 'web-1', labels: { env: 'prod' }, n: 3 }, 'the same, by another')
    t.equal(machineClaims(w.read('web-1', 'machine.jws')).by, bob.public, 'the agent has it')
    t.equal(await w.ok(['run', 'web-1', '--', 'echo', 'hi'], asCarol), 'hi\n', 'and now it is good for all')

    const other = JSON.parse(
      (await w.ok(['machine', 'ls', '--json'], asCarol))
        .split('\n')
        .find((row) => row.includes('as web-2')) ?? '{}',
    )
    await w.ok(['machine', 'accept', other.id, '--yes'], asCarol)
    t.equal(await w.ok(['run', 'web-2', '--', 'echo', 'hi'], asCarol), 'hi\n', 'carol looked, and signed')

    const relay = parseRelayUrl(w.url)
    const file = join(w.home, 'operator.key')
    const gone = await unpackKey(file, 'operator', readFileSync(file, 'utf8'), () => Promise.resolve(''))
    const late: MachineBody = { ...again, by: gone.public, n: 50, labels: { env: 'dev' } }
    await t.rejects(bringStatement(relay, '/machines', issueMachine(gone, late)), { code: 'BAD_SIGNATURE' })
  },
)
