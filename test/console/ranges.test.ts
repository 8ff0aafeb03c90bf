// Names folded as ranges: short, and as targets they mean exactly the names that went in.
import * as fc from 'fast-check'
import t from 'tap'
import type { Targetable } from '../../console/targets.ts'
import { select } from '../../console/targets.ts'
import { foldNames } from '../../console/ranges.ts'

const machines = (names: readonly string[]): Targetable[] =>
  names.map((name, n) => ({ id: String(n).padStart(20, '_'), name, state: 'online', labels: {} }))

/** Names as fleets have them, with numbers that meet, that have zeros in front and that are absurdly long. */
const number = fc.oneof(
  fc.nat(12).map(String),
  fc.nat(120).map((n) => String(n).padStart(2, '0')),
  fc.integer({ min: 95, max: 105 }).map((n) => String(n).padStart(3, '0')),
  fc.constantFrom('0', '00', '000', '9', '10', '99', '100', '12345678901234567890'),
)
const name = fc.oneof(
  fc.tuple(fc.constantFrom('web-', 'web', 'w.'), number).map((part) => part.join('')),
  fc
    .tuple(fc.constantFrom('r', 'rack'), number, fc.constantFrom('-n', '-'), number)
    .map((part) => part.join('')),
  fc.tuple(number, fc.constantFrom('x', '-')).map((part) => part.join('')),
  fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/),
)

const names = (prefix: string, from: number, to: number, width = 0): string[] =>
  Array.from({ length: to - from + 1 }, (_, n) => `${prefix}${String(from + n).padStart(width, '0')}`)

t.test('reads as a person would write it', async (t) => {
  t.strictSame(foldNames(names('web-', 1, 24)), ['web-[1-24]'])
  t.strictSame(foldNames([...names('web-', 8, 12, 2), 'web-30']), ['web-[08-12,30]'])
  t.strictSame(foldNames(['db-1', 'web-1', 'a']), ['a', 'db-1', 'web-1'])
  t.strictSame(foldNames(['web-10', 'web-9', 'web-09']), ['web-[9,09-10]'])
  const racks = names('r', 1, 3).flatMap((rack) => names(`${rack}-n`, 1, 16, 2))
  t.strictSame(foldNames(racks), ['r[1-3]-n[01-16]'])
  t.strictSame(foldNames(racks.slice(1)), ['r1-n[02-16]', 'r[2-3]-n[01-16]'])
  t.strictSame(foldNames(names('m', 1, 10_000)), ['m[1-10000]'])
  t.strictSame(foldNames([]), [])
})

t.test('means exactly the names that went in', async () => {
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 40 }), fc.array(name), (chosen, others) => {
      const all = machines([...new Set([...chosen, ...others])])
      const found = select(foldNames(chosen), all).map((machine) => machine.name)
      return JSON.stringify(found.toSorted()) === JSON.stringify(chosen.toSorted())
    }),
    { numRuns: 300 },
  )
})
