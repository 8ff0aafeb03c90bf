// A whole fleet that comes back at once is let in at the relay's pace, everyone at a time of their own.
import t from 'tap'
import { Pace } from '../../relay/pace.ts'

t.test('ten thousand at once are all in after the time that their number takes', async (t) => {
  const pace = new Pace(500)
  /** How many come in each millisecond: all of them within two seconds, and then when they were told to. */
  const due = Array.from({ length: 60_000 }, (_, ms): number => (ms < 2_000 ? 5 : 0))
  const admitted: number[] = []
  let asked = 0
  for (const [ms] of due.entries())
    for (; (due[ms] ?? 0) > 0; due[ms] = (due[ms] ?? 0) - 1) {
      asked++
      const wait = pace.enter(ms)
      if (wait === 0) admitted.push(ms)
      else due[ms + wait] = (due[ms + wait] ?? 0) + 1
    }
  t.equal(admitted.length, 10_000)
  const last = Math.max(...admitted)
  t.ok(last > 17_000 && last < 30_000, `the last after ${Math.round(last)} ms`)
  t.ok(asked < 40_000, `${asked} tries`)
  const seconds = new Map<number, number>()
  for (const at of admitted) seconds.set(Math.floor(at / 1000), (seconds.get(Math.floor(at / 1000)) ?? 0) + 1)
  t.ok(Math.max(...seconds.values()) <= 750, 'never more in a second than the pace and one burst')
})

t.test('a few wait for nobody, and a clock that is set back opens no gate', async (t) => {
  const pace = new Pace(500)
  for (let n = 0; n < 250; n++) t.equal(pace.enter(1_000_000), 0)
  t.ok(pace.enter(1_000_000) > 0)
  t.ok(pace.enter(900_000) > 0)
  t.equal(pace.enter(900_100), 0, 'and does not close it')
})
