// A shell whose input is a script ends with it.
import { existsSync } from 'node:fs'
import t from 'tap'
import { world } from '../world.ts'

t.test('the end of its input ends a shell', async (t) => {
  const w = await world(t, 'web-1')
  for (const [input, shown] of [
    ['', /^/],
    ['echo here $((20+3))\n', /here 23/],
  ] as const) {
    for (const shell of ['/bin/sh', '/bin/bash'].filter((path) => existsSync(path))) {
      const { status, stdout } = await w.rconsole(['shell', 'web-1', '--shell', shell], { input })
      t.equal(status, 0)
      t.match(stdout.toString(), shown)
    }
  }
})
