// What ends with a grant: the shell that it had allowed.
import t from 'tap'
import { operatorName, ragent } from '../local-world.ts'
import { agentWith } from '../policy-world.ts'
import { until } from '../until.ts'
import { world } from '../world.ts'

void t.test('a shell ends with its grant', async (t) => {
  const w = await world(t)
  await agentWith(w, 'web-1', { mode: 'full', shell: false })
  const alice = await operatorName(w)
  await ragent(w, 'web-1', 'grant', 'shell', alice, '1h')
  const shell = w.start('console', ['shell', 'web-1', '--shell', '/bin/sh'])
  shell.child.stdin?.write('echo shell-is-up\n')
  await until(() => shell.stdout.includes('shell-is-up'), 'a shell', 30_000)
  await ragent(w, 'web-1', 'revoke', 'shell', alice)
  t.equal((await shell.exit).status, 129, 'it hung up')
})
