// Who is a machine, against a relay whose disk an attacker has, and against an admin who left.
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { unpackKey } from '../../console/keyfile.ts'
import { type Fleet, issueFleet, type Operator, readFleet } from '../../protocol/fleet.ts'
import { bringStatement } from '../../protocol/http.ts'
import { identity, type Identity } from '../../protocol/keys.ts'
import { issueMachine, type MachineBody, machineClaims } from '../../protocol/membership.ts'
import { packKey } from '../../console/keyfile.ts'
import { parseRelayUrl } from '../../protocol/relay-url.ts'
import { until } from '../until.ts'
import { type World, world } from '../world.ts'

const now = (): number => Math.floor(Date.now() / 1000)

async function isOnline(w: World, name: string): Promise<void> {
  await until(async () => (await w.machine(name))['state'] === 'online', `${name} is online`, 30_000)
}

/** Stop the relay, do what its owner could do to its data, and start it again. */
async function meanwhile(w: World, attack: (data: string) => void): Promise<void> {
  // Not SIGTERM: agents would be told to take their time.
  await w.relay?.stop('SIGKILL')
  attack(join(w.folder, 'relay'))
  await w.startRelay()
}

async function refuses(t: Test, w: World, name: string, line: RegExp): Promise<void> {
  const { status, stderr } = await w.rconsole(['run', name, '--', 'true'])
  t.equal(status, 255, `${name}: status`)
  t.match(stderr, line, `${name}: why`)
}

const machinesFile = (data: string): string => join(data, 'machines.jsonl')

/** The newest admin's statement that the relay holds about a machine. */
function statementOn(w: World, id: unknown): string {
  const lines = readFileSync(machinesFile(join(w.folder, 'relay')), 'utf8')
    .trim()
    .split('\n')
  const entries: [string, string][] = lines.map((line) => JSON.parse(line))
  return entries.findLast(([key]) => key === id)?.[1] ?? ''
}

t.test('the relay’s data in an attacker’s hands', async (t) => {
  const w = await world(t, 'web-1')
  const { id } = await w.machine('web-1')
  const first = statementOn(w, id)
  await w.ok(['machine', 'label', 'web-1', 'env=dev'])

  await t.test('an old statement', async (t) => {
    const newest = statementOn(w, id)
    await meanwhile(w, (data) => writeFileSync(machinesFile(data), `${JSON.stringify([id, first])}\n`))
    await refuses(t, w, 'web-1', /shows statement 1 about it, this console has seen 2/)
    await bringStatement(parseRelayUrl(w.url), '/machines', newest)
    await isOnline(w, 'web-1')
    t.match((await w.machine('web-1'))['labels'], { env: 'dev' })
  })

  await t.test('a forged statement, and one that another brings', async (t) => {
    const stranger = identity()
    const body = { ...machineClaims(statementOn(w, id)), by: stranger.public, n: 9, labels: { env: 'prod' } }
    const forged = issueMachine(stranger, body)
    const relay = parseRelayUrl(w.url)
    await t.rejects(bringStatement(relay, '/machines', forged), { code: 'BAD_SIGNATURE' })
    const held = statementOn(w, id)
    await meanwhile(w, (data) => writeFileSync(machinesFile(data), `${JSON.stringify([id, forged])}\n`))
    await refuses(t, w, String(id), /signed for, as web-1, by someone who is no admin/)
    t.equal(await w.ok(['ls', 'env=prod']).catch(() => 'none'), 'none', 'its labels choose nothing')
    await meanwhile(w, (data) => writeFileSync(machinesFile(data), `${JSON.stringify([id, held])}\n`))
    await isOnline(w, 'web-1')
    t.match(w.read('web-1', 'machine.jws'), held, 'and the agent took none of it')
  })

  await t.test('a closed token, which the relay says is open', async (t) => {
    const made = JSON.parse(await w.ok(['token', 'new', '--json']))
    await w.ok(['token', 'close', made.id])
    await meanwhile(w, (data) => rmSync(join(data, 'closed.jsonl')))
    await w.enrol(made.token, 'web-9')
    const [row = ''] = (await w.ok(['machine', 'ls', 'web-9', '--json'])).split('\n')
    t.match(JSON.parse(row), { standing: 'refused', reason: /its token was closed before an admin signed/ })
  })

  await t.test('a forgotten machine returns with its old join, at a relay that lost its data', async (t) => {
    const agent = await w.startAgent('web-2', await w.token())
    const { id: forgotten } = await w.machine('web-2')
    cpSync(join(w.folder, 'web-2'), join(w.folder, 'copy'), { recursive: true })
    await w.ok(['machine', 'forget', 'web-2', '--yes'])
    await agent.exit
    await meanwhile(w, (data) => {
      for (const name of readdirSync(data)) if (name !== 'fleet.jws') rmSync(join(data, name))
    })
    const args = ['--relay', w.url, '--home', join(w.folder, 'copy')]
    const copy = w.start('agent', args)
    await until(
      () => copy.stdout.includes('connected'),
      'the copy is let in: this relay knows of nothing',
      30_000,
    )
    await refuses(t, w, String(forgotten), /forgotten/)
    const { status, stderr } = await copy.exit
    t.equal(status, 78, 'the console brought the word with it, and the copy believes an admin')
    t.match(stderr, /an admin has forgotten web-2/)
  })
})

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
