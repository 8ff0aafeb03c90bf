// A machine that was suspended, or whose clock was set: its agent forgets every key it had in memory.
import t from 'tap'
import { Clocks } from '../../agent/clocks.ts'

void t.test('wall clock and monotonic clock part by more than 5 s, or they do not', async (t) => {
  const [wall, monotonic] = [Date.now, performance.now.bind(performance)]
  let [slept, ran] = [0, 0]
  t.intercept(Date, 'now', { value: () => wall() + slept, configurable: true })
  t.intercept(performance, 'now', { value: () => monotonic() + ran, configurable: true })
  const clocks = new Clocks()
  t.equal(clocks.parted(), undefined)
  ;[slept, ran] = [3_600_000, 3_600_000]
  t.equal(clocks.parted(), undefined, 'an hour that both have seen')
  slept += 4_000
  t.equal(clocks.parted(), undefined, 'a clock that is corrected a little')
  slept += 60_000
  t.ok((clocks.parted() ?? 0) > 59_000, 'a minute of sleep')
  t.equal(clocks.parted(), undefined, 'said once')
  slept -= 60_000
  t.ok((clocks.parted() ?? 0) < -59_000, 'a clock that was set back')
})
