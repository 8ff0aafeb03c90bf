// A hostile relay between real agents and consoles, for a few seeds; `npm run chaos` does it for as long as one likes.
import t from 'tap'
import { Dice } from '../chaos/dice.ts'
import { siege } from '../chaos/siege.ts'

const SEEDS = (process.env['RCONSOLE_SEEDS'] ?? '2,5').split(',')

t.jobs = 2
for (const seed of SEEDS) {
  t.test(`seed ${seed}: nothing runs twice or unasked, and what is said is true`, async (t) => {
    const { faults, steps, done, deeds } = await siege(t, { seed, steps: 5, patience: 100 })
    t.strictSame(faults, [])
    t.equal(steps, 5)
    t.ok(done > 0, 'some of it is done in spite of the relay')
    t.ok(Object.keys(deeds).length > 0, 'the relay was hostile')
  })
}

t.test('the same seed decides the same', async (t) => {
  t.strictSame(draws('1/web-1/envelope/7'), draws('1/web-1/envelope/7'))
  t.notSame(draws('1/web-1/envelope/7'), draws('1/web-1/envelope/8'))
  t.ok(draws('1').every((value) => value >= 0 && value < 1))
})

function draws(label: string): number[] {
  const dice = new Dice(label)
  return Array.from({ length: 100 }, () => dice.next())
}
