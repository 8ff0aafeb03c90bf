// Grants in a home: kept, ended by time, and made no longer by any clock.
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Grants } from '../../agent/grants.ts'
import { MOST_GRANTS } from '../../protocol/owner-policy.ts'

const HOUR = 3_600_000
const alice = { what: 'run', name: 'alice', key: 'key-of-alice' } as const

function homeOf(t: Test): string {
  const home = t.testdir()
  chmodSync(home, 0o700)
  return home
}

/** Wall and monotonic clock in the hands of the test (ms). */
function clocks(t: Test): { wall: number; monotonic: number } {
  const now = { wall: Date.now(), monotonic: performance.now() }
  t.intercept(Date, 'now', { value: () => now.wall, configurable: true })
  t.intercept(performance, 'now', { value: () => now.monotonic, configurable: true })
  return now
}

void t.test('a grant is for an operator’s key, lasts over a restart, and ends', async (t) => {
  const home = homeOf(t)
  const now = clocks(t)
  new Grants(home).add(alice, HOUR)
  const grants = new Grants(home)
  t.ok(grants.has('run', alice.key))
  t.notOk(grants.has('shell', alice.key))
  t.notOk(grants.has('run', 'another key of the same name'))
  now.wall += HOUR + 1000
  now.monotonic += HOUR + 1000
  t.notOk(grants.has('run', alice.key))
  t.match(grants.expire(), [alice])
  t.strictSame(new Grants(home).current, [])
})

void t.test('a clock that is set back, or stands still, makes no grant longer', async (t) => {
  const home = homeOf(t)
  const now = clocks(t)
  const grants = new Grants(home)
  grants.add(alice, HOUR)
  now.wall -= 24 * HOUR
  now.monotonic += HOUR + 1000
  t.notOk(grants.has('run', alice.key), 'the monotonic clock goes on')

  grants.add(alice, HOUR)
  now.monotonic += 59 * 60_000
  t.ok(grants.has('run', alice.key))
  grants.expire()
  now.wall -= 24 * HOUR
  const next = new Grants(home)
  t.ok(next.has('run', alice.key))
  now.monotonic += 2 * 60_000
  t.notOk(next.has('run', alice.key), 'a restart begins at the time that was noted')
})

void t.test('a clock that jumps ahead ends them, and does not bring them back', async (t) => {
  const now = clocks(t)
  const grants = new Grants(homeOf(t))
  grants.add(alice, HOUR)
  now.wall += 2 * HOUR
  t.notOk(grants.has('run', alice.key))
  now.wall -= 2 * HOUR
  t.notOk(grants.has('run', alice.key))
})

void t.test('there is an end to their number, and a damaged file is refused', async (t) => {
  const home = homeOf(t)
  const grants = new Grants(home)
  for (let at = 0; at < MOST_GRANTS; at++) grants.add({ ...alice, key: String(at) }, HOUR)
  t.throws(() => grants.add({ ...alice, key: 'more' }, HOUR), { code: 'BUSY' })
  grants.add({ ...alice, key: '0' }, 2 * HOUR)
  t.equal(grants.current.length, MOST_GRANTS, 'the same one again takes no room')
  writeFileSync(join(home, 'grants.json'), '{"grants":[]}', { mode: 0o600 })
  t.throws(() => new Grants(home), { code: 'HOME', message: /grants\.json is damaged: remove it/ })
})
