// Tokens and machines for life, through the real programs: open, closed, waiting, accepted, named, labelled, forgotten.
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { AgentHome } from '../../agent/home.ts'
import { fingerprint } from '../../protocol/membership.ts'
import { until } from '../until.ts'
import { firstLine, type Running, type World, world } from '../world.ts'

type Row = Readonly<Record<string, unknown>>

/** The objects that a command prints, one a line. */
async function rows(w: World, ...args: readonly string[]): Promise<Row[]> {
  const lines = (await w.ok([...args, '--json'])).split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line))
}

const tokenIn = async (w: World, id: unknown): Promise<Row> =>
  (await rows(w, 'token', 'ls')).find((row) => row['id'] === id) ?? {}

const machineIn = async (w: World, name: string): Promise<Row> =>
  (await rows(w, 'machine', 'ls', name))[0] ?? {}

async function makeToken(
  w: World,
  ...flags: readonly string[]
): Promise<{ id: string; token: string; command: string }> {
  return JSON.parse(await w.ok(['token', 'new', '--json', ...flags]))
}

/** Start `ragent` on a home, without waiting for anything. */
function ragent(w: World, name: string, token?: string, folder = name): Running {
  const args = ['--relay', w.url, '--name', name, '--home', join(w.folder, folder)]
  const agent = w.start('agent', args, token === undefined ? {} : { RAGENT_TOKEN: token })
  agent.child.stdin?.end()
  return agent
}

async function ends(t: Test, what: string, running: Running, status: number, line: RegExp): Promise<void> {
  const answer = await running.exit
  t.equal(answer.status, status, `${what}: status`)
  t.match(answer.stderr, line, `${what}: says why`)
}

async function fails(t: Test, w: World, args: readonly string[], line: RegExp, status = 1): Promise<void> {
  const answer = await w.rconsole(args)
  t.equal(answer.status, status, args.join(' '))
  t.match(answer.stderr, line, args.join(' '))
}

t.test('a token, from new to closed', async (t) => {
  const w = await world(t)
  const made = await makeToken(w, '--label', 'env=prod', '--max', '2', '--ttl', '2h', '--mode', 'diagnose')
  t.match(made.command, / --token rjt_\S+ --mode diagnose$/, 'the mode is in the command that it prints')
  const agent = await w.startAgent('web-1', made.token)
  t.match(await firstLine(agent), /mode=full$/, 'and the agent obeys only its own command line')

  const used = await tokenIn(w, made.id)
  const { id } = await w.machine('web-1')
  t.match(used, { state: 'open', labels: { env: 'prod' }, approve: false, mode: 'diagnose', max: 2 })
  t.match(used, { closedBy: null, uses: [{ id, name: 'web-1', at: /^20/ }] }, 'which machine, and when')
  const operator: unknown = JSON.parse(await w.ok(['fleet', 'show', '--json'])).operators[0].name
  t.equal(used['by'], operator, 'who made it')
  t.match(await w.ok(['token', 'ls']), new RegExp(`${made.id}\\s+open.*1/2.*web-1`))

  await w.ok(['token', 'close', made.id])
  t.match(await tokenIn(w, made.id), { state: 'closed', closedBy: operator })
  const again = await w.rconsole(['token', 'close', made.id.slice(0, 4)])
  t.match([again.status, again.stderr], [0, /closed already/], 'again is fine')
  await ends(t, 'a second machine', ragent(w, 'web-2', made.token), 78, /TOKEN|closed/)
  await w.relay?.stop()
  await w.startRelay()
  await ends(t, 'a relay started again', ragent(w, 'web-3', made.token), 78, /closed/)
  await until(async () => (await w.machine('web-1'))['state'] === 'online', 'web-1 is back', 20_000)
  t.equal(await w.ok(['run', 'web-1', '--', 'echo', 'hi']), 'hi\n', 'who was signed for stays')

  const small = await makeToken(w, '--max', '1')
  await w.enrol(small.token, 'only')
  t.match(await tokenIn(w, small.id), { state: 'used up', uses: [{ name: 'only' }] })
  await fails(t, w, ['token', 'close', 'zzzz'], /expected the id of a token/, 2)
  await fails(t, w, ['token', 'close', '0'.repeat(8)], /no token begins with/)
  await fails(t, w, ['token', 'new', '--mode', 'root'], /--mode: expected diagnose, allow, full/, 2)
})

t.test('a machine that waits is refused by itself until an admin accepts it', async (t) => {
  const w = await world(t)
  const { token } = await makeToken(w, '--approve')
  const agent = await w.startAgent('db-1', token)
  await until(() => agent.stdout.toString().split('\n').length > 2, 'the agent says that it waits')
  const { identity } = new AgentHome(join(w.folder, 'db-1')).load() ?? {}
  const key = fingerprint(identity?.public ?? '')
  t.match(agent.stdout.toString(), `rconsole machine accept db-1 (its key is ${key})`)
  t.match(await machineIn(w, 'db-1'), { standing: 'pending', key })
  t.match(await w.machine('db-1'), { state: 'pending' })
  await fails(t, w, ['run', 'db-1', '--', 'true'], /db-1 waits for an admin to accept it/, 255)
  await fails(t, w, ['machine', 'accept', 'db-1'], /expected --yes/, 2)

  await w.ok(['machine', 'accept', 'db-1', '--yes'])
  t.match(await machineIn(w, 'db-1'), { standing: 'accepted', key })
  t.equal(await w.ok(['run', 'db-1', '--', 'echo', 'hi']), 'hi\n')
})

t.test('names and labels are an admin’s word', async (t) => {
  const w = await world(t, 'web-1', 'web-2')
  await w.ok(['machine', 'name', 'web-1', 'front'])
  t.match(await machineIn(w, 'front'), { name: 'front', standing: 'accepted' })
  await fails(t, w, ['ping', 'web-1'], /no machine matches web-1/)
  t.equal(await w.ok(['run', 'front', '--', 'echo', 'hi']), 'hi\n')
  await fails(t, w, ['machine', 'name', 'front', 'web-2'], /web-2 is the name of/)
  await fails(t, w, ['machine', 'name', 'front', '../x'], /expected a name/, 2)

  await w.ok(['machine', 'label', 'front', 'env=prod', 'dc=eu/1'])
  t.match((await w.machine('front'))['labels'], { env: 'prod', dc: 'eu/1' })
  await w.ok(['machine', 'label', 'front', 'dc-'])
  t.strictSame((await w.machine('front'))['labels'], { env: 'prod' })
  await fails(t, w, ['machine', 'label', 'front', 'dc-'], /has no label "dc"/, 2)
  await fails(t, w, ['machine', 'label', 'front', 'x'], /expected name=value/, 2)
})

t.test('a forgotten machine stops, stays away with its old key, and comes back as another', async (t) => {
  const w = await world(t, 'web-1')
  const [agent] = w.agents
  const before = await w.machine('web-1')
  cpSync(join(w.folder, 'web-1'), join(w.folder, 'copy'), { recursive: true })
  await fails(t, w, ['machine', 'forget', 'web-1'], /expected --yes/, 2)
  await w.ok(['machine', 'forget', 'web-1', '--yes'])
  if (agent !== undefined) await ends(t, 'the agent', agent, 78, /ragent: an admin has forgotten web-1/)
  t.match(await machineIn(w, 'web-1'), { standing: 'forgotten' })
  t.equal(await w.ok(['ls']), '', 'not in the list of those that there are')
  await fails(t, w, ['ping', 'web-1'], /forgotten/)
  await fails(t, w, ['machine', 'accept', 'web-1', '--yes'], /forgotten: it needs a new token/)
  await w.ok(['machine', 'forget', 'web-1', '--yes'])

  await ends(t, 'started again', ragent(w, 'web-1'), 78, /an admin has forgotten web-1/)
  await ends(t, 'a copy that never heard of it', ragent(w, 'web-1', undefined, 'copy'), 78, /has forgotten/)

  await w.startAgent('web-1', await w.token())
  const after = (await rows(w, 'ls'))[0] ?? {}
  t.not(after['id'], before['id'], 'a new key')
  t.equal(await w.ok(['run', String(after['id']), '--', 'echo', 'hi']), 'hi\n')
  t.equal(await w.ok(['run', 'web-1', '--', 'echo', 'hi']), 'hi\n', 'and the name is free')
})
