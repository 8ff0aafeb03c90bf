// Grants, given at the machine: to whom, for what, for how long, and what ends with them.
import { join } from 'node:path'
import t from 'tap'
import { operatorName, ragent } from '../local-world.ts'
import { agentWith } from '../policy-world.ts'
import { world } from '../world.ts'

void t.test('a grant is for one thing, lasts over a restart, and can be taken back', async (t) => {
  const w = await world(t)
  const agent = await agentWith(w, 'web-1', { mode: 'diagnose' })
  const alice = await operatorName(w)
  t.equal((await w.rconsole(['run', 'web-1', '--', 'true'])).status, 255)
  t.match(await ragent(w, 'web-1', 'grant', 'run', alice, '30m'), { status: 0, stderr: '' })
  t.equal(await w.ok(['run', 'web-1', '-c', 'echo granted']), 'granted\n')
  t.match((await w.rconsole(['shell', 'web-1'])).stderr, /refuses shell/, 'no more than was granted')
  await agent.stop('SIGKILL')
  const file = join(w.folder, 'web-1-policy', 'policy.json')
  await w.startAgent('web-1', undefined, '--policy', file)
  t.equal(await w.ok(['run', 'web-1', '-c', 'echo kept']), 'kept\n', 'a grant lasts over a restart')
  t.match(await ragent(w, 'web-1', 'revoke', 'run', alice), { status: 0 })
  t.equal((await w.rconsole(['run', 'web-1', '--', 'true'])).status, 255)
  t.match(await ragent(w, 'web-1', 'revoke', 'run', alice), {
    status: 1,
    stderr: /^ragent: there is no grant of run/,
  })
  t.match(await ragent(w, 'web-1', 'grant', 'run', 'nobody-known', '1m'), {
    status: 1,
    stderr: /has no operator nobody-known, only /,
  })
})
