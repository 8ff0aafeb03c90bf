// Machines for life, through the real programs: waiting, accepted, named, labelled, forgotten.
import { join } from 'node:path'
import t from 'tap'
import { AgentHome } from '../../agent/home.ts'
import { fingerprint } from '../../protocol/membership.ts'
import { ends, fails, machineIn, makeToken, ragent, rows } from '../enrolment.ts'
import { until } from '../until.ts'
import { world } from '../world.ts'

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
  w.copyDisk('web-1', 'copy')
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
