// Charts as text: what is high looks high, what is idle is not blank, and what is unknown is.
import t from 'tap'
import { chartsFor, overTime } from '../../../console/ui/chart.ts'

const braille = chartsFor('xterm-256color')
const blocks = chartsFor('linux')

void t.test(
  'an area of braille has two values a column and four steps a row, the newest at the right',
  async (t) => {
    t.same(braille.area([0, 0.5, 1], 3, 1), [' ⢀⣼'])
    t.same(braille.area([0, 0.25, 0.5, 0.75, 1, 1], 3, 2), [' ⢠⣿', '⣠⣿⣿'])
    t.same(
      braille.area(
        Array.from({ length: 99 }, () => 1),
        2,
        1,
      ),
      ['⣿⣿'],
      'what is older has left',
    )
  },
)

void t.test('what is idle is drawn, what is not known is not, and no value leaves its place', async (t) => {
  t.same(braille.area([0, 0], 1, 1), ['⣀'])
  t.same(braille.area([undefined, undefined], 1, 1), [' '])
  t.same(braille.area([Number.NaN, 7], 1, 1), ['⣸'])
  t.same(blocks.area([-1, undefined, Infinity], 3, 1), ['▁ █'])
})

void t.test('the console of Linux gets blocks: one value a column, eight steps a row', async (t) => {
  t.same(blocks.area([0, 0.5, 1], 4, 1), [' ▁▄█'])
  t.same(blocks.area([0, 0.25, 0.5, 0.75, 1, 1], 6, 2), ['   ▄██', '▁▄████'])
})

void t.test(
  'a bar is as long as its share, to an eighth of a column where the font has eighths',
  async (t) => {
    t.equal(braille.bar(0.5, 9), '████▌····')
    t.equal(blocks.bar(0.5, 9), '█████····')
    for (const charts of [braille, blocks]) {
      t.equal(charts.bar(0, 4), '····')
      t.equal(charts.bar(undefined, 4), '····')
      t.equal(charts.bar(1, 4), '████')
      t.equal(charts.bar(9, 4), '████')
    }
  },
)

void t.test(
  'samples become equal steps: peaks stay, small gaps close, and only a new sample moves it',
  async (t) => {
    const samples = [
      { at: 0, use: 0.9 },
      { at: 2000, use: 0.1 },
      { at: 1900, use: 0.5 },
      { at: 4000, use: 0.2 },
    ]
    const steps = overTime(samples, { span: 8000, points: 8 }, ({ use }) => use)
    t.same(steps, [undefined, undefined, undefined, 0.9, 0.9, 0.5, 0.5, 0.2])
    const late = overTime([...samples, { at: 99_000, use: 1 }], { span: 8000, points: 8 }, ({ use }) => use)
    t.same(
      late.filter((share) => share !== undefined),
      [1],
      'a long silence stays a gap',
    )
    t.same(
      overTime([], { span: 8000, points: 2 }, () => 1),
      [undefined, undefined],
    )
  },
)
