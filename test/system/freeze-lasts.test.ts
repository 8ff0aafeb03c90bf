// A freeze is kept on the disk: it lasts until an admin ends it, and a damaged one is not forgotten.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../until.ts'
import { world } from '../world.ts'

void t.test(
  'a freeze lasts over a restart of the agent and of the relay; kill works, and an admin ends it',
  async (t) => {
    const w = await world(t, 'web-1')
    const frozen = JSON.parse(await w.ok(['freeze', 'web-1', '--json']))
    await w.agents[0]?.stop('SIGKILL')
    await w.relay?.stop()
    await w.startRelay()
    const agent = await w.startAgent('web-1')
    t.match(await w.machine('web-1'), { state: 'frozen', by: frozen.by, since: frozen.since })
    t.match((await w.rconsole(['run', 'web-1', '--', 'true'])).stderr, /web-1 refuses run: frozen by /)
    t.match(await w.ok(['unfreeze', 'web-1', '--json']), /"frozen":false,"by":null,"since":null/)
    await until(async () => (await w.machine('web-1'))['state'] === 'online', 'online', 30_000)
    t.equal(await w.ok(['run', 'web-1', '--', 'echo', 'thawed']), 'thawed\n')
    await w.ok(['freeze', 'web-1'])
    await w.ok(['kill', 'web-1', '--yes'])
    t.equal((await agent.exit).status, 0, 'kill works while frozen')
  },
)

void t.test('a home that says frozen in words nobody wrote is refused', async (t) => {
  const w = await world(t, 'web-1')
  await w.ok(['freeze', 'web-1'])
  await w.agents[0]?.stop()
  const file = join(w.folder, 'web-1', 'frozen.json')
  writeFileSync(file, '{}')
  const agent = w.start('agent', ['--relay', w.url, '--home', join(w.folder, 'web-1')])
  const { status, stderr } = await agent.exit
  t.equal(status, 78)
  t.match(stderr, /^ragent: \S+frozen\.json is damaged: this machine was frozen; remove it to end that\n$/)
  rmSync(file)
})
