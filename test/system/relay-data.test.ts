// A relay is replaceable: with its data gone, the agents bring what it has to know, and nobody enrols again.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../until.ts'
import { world } from '../world.ts'

t.test('a relay that lost its data is told by the agents, long after the token ran out', async (t) => {
  const w = await world(t)
  const agent = await w.startAgent('web-1', await w.token('--ttl', '9s', '--label', 'env=prod'))
  const runsOut = Date.now() + 10_000
  // The admin's console signs for the machine; from here on it needs no token.
  const { id } = await w.machine('web-1')
  await until(() => agent.stderr.includes('statement on this machine adopted'), 'the agent has it')
  await until(() => Date.now() > runsOut, 'the token runs out', 20_000)
  await w.relay?.stop('SIGKILL')
  rmSync(join(w.folder, 'relay'), { recursive: true })
  await w.startRelay()
  const isBack = async (): Promise<boolean> => {
    const { status, stdout } = await w.rconsole(['ls', '--json'])
    return status === 0 && stdout.includes('online')
  }
  await until(isBack, 'the machine is back', 30_000)
  t.match(await w.machine('web-1'), { id, state: 'online', labels: { env: 'prod' } })
  t.equal(await w.ok(['run', 'web-1', '--', 'echo', 'back']), 'back\n')
})
