// `rconsole config`: said once instead of each time; what is wrong in it is one line.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { world } from '../world.ts'

void t.test('settings hold unless a flag or the environment says otherwise', async (t) => {
  const w = await world(t, 'web-1', 'web-2')
  const config = (...words: string[]) => w.rconsole(['config', ...words])
  t.match(await config('timeout', '300ms'), { status: 0, stderr: '' })
  t.equal((await w.rconsole(['run', 'web-1', '--', 'sleep', '60'])).status, 124, 'a run ends after it')
  t.equal(
    (await w.rconsole(['run', 'web-1', '--timeout', 'none', '--', 'sleep', '0.5'])).status,
    0,
    'a flag counts more',
  )
  t.equal(await w.ok(['config', 'timeout']), '300ms\n')
  await config('timeout', '--unset')
  await config('askAbove', '1')
  t.match(await w.rconsole(['run', 'env=test', '--', 'true']), {
    status: 2,
    stderr: /the targets mean 2 machines: say --expect 2/,
  })
  t.match(await w.rconsole(['run', 'env=test', '--', 'true'], { env: { RCONSOLE_ASK_ABOVE: '2' } }), {
    status: 0,
  })
  const shown = await w.ok(['config'])
  t.match(shown, /^relay +http:\S+ +RCONSOLE_RELAY /m)
  t.match(shown, /^timeout +- +- /m)
  t.match(shown, /^askAbove +1 +\S+config\.json /m)

  await t.test('what is refused, in one line', async (t) => {
    t.match(await config('colour', 'red'), {
      status: 2,
      stderr: 'rconsole: config: expected relay, timeout, parallel, askAbove, got "colour"\n',
    })
    t.match(await config('timeout', 'soon'), {
      status: 2,
      stderr: /^rconsole: config: timeout: expected a time like .*, got "soon"\n$/,
    })
    const write = (more: object) =>
      writeFileSync(join(w.home, 'config.json'), JSON.stringify({ fleet: w.fleet, ...more }))
    write({ colour: 'red' })
    t.match(await w.rconsole(['ls']), {
      status: 1,
      stderr: /^rconsole: \S+config\.json: expected fleet, relay, .*, got "colour"\n$/,
    })
    write({ parallel: '-1' })
    t.match(await w.rconsole(['ls']), {
      status: 1,
      stderr: /^rconsole: \S+config\.json: parallel: expected a number from 1 to 999999, got "-1"\n$/,
    })
    write({ parallel: 4 })
    t.match(await w.rconsole(['ls']), {
      status: 1,
      stderr: /^rconsole: \S+config\.json: parallel: expected string, got 4\n$/,
    })
  })
})
