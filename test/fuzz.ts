// Random and hostile input: how much of it (few cases in CI, as many as RCONSOLE_FUZZ says otherwise), and what it is.
import * as fc from 'fast-check'
import { RconsoleError } from '../protocol/errors.ts'

const asked = Number(process.env['RCONSOLE_FUZZ'] ?? 300)

/** Cases for a property whose one case costs well under a millisecond. */
export const FUZZ_RUNS = Number.isInteger(asked) && asked > 0 ? asked : 300

/** Cases for a property whose one case costs some milliseconds. */
export const SLOW_RUNS = Math.ceil(FUZZ_RUNS / 10)

let cases = 0
// For the long mode: the figure that is told is the one that was run.
if (process.env['RCONSOLE_FUZZ'] !== undefined)
  process.once('exit', () => console.log(`# ${cases} cases, ${Math.round(performance.now() / 1000)} s`))

/** Holds for so many of `values`. */
export function holds<T>(
  values: fc.Arbitrary<T>,
  property: (value: T) => boolean,
  numRuns = FUZZ_RUNS,
): void {
  cases += numRuns
  fc.assert(fc.property(values, property), { numRuns })
}

/** Holds when `action` returns, or throws one of ours; anything else is thrown on. */
export function isOurs(action: () => unknown): boolean {
  try {
    action()
    return true
  } catch (error) {
    if (error instanceof RconsoleError && error.code !== 'INTERNAL') return true
    throw error
  }
}

/** Try `action` with many `values`: only our errors may come of it. */
export function check<T>(values: fc.Arbitrary<T>, action: (value: T) => unknown, numRuns = FUZZ_RUNS): void {
  holds(values, (value) => isOurs(() => action(value)), numRuns)
}

function nested(depth: number, isObject: boolean): string {
  return isObject ? `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}` : '['.repeat(depth) + ']'.repeat(depth)
}

/** JSON that schemas meet when someone means harm. */
export const hostile = fc.oneof(
  fc.json({ maxDepth: 3 }),
  fc.constantFrom(
    '9007199254740992',
    '9007199254740993',
    '-1',
    '-0',
    '1.5',
    '1e308',
    '1e999',
    'null',
    'true',
  ),
  fc.constantFrom(
    '""',
    '"\\ud800"',
    '"\\udfff\\ud800"',
    '"\\u0000"',
    '"__proto__"',
    '{"__proto__":{"x":1}}',
    '{}',
  ),
  fc
    .record({ depth: fc.integer({ min: 1, max: 9000 }), isObject: fc.boolean() })
    .map((how) => nested(how.depth, how.isObject)),
  fc.constant(`"${'x'.repeat(10_000)}"`),
)

/** `text`, an object in JSON, with one field changed, added, doubled or dropped, or cut somewhere. */
export const mutations = (text: string) =>
  fc
    .record({
      field: fc.constantFrom(...Object.keys(Object(JSON.parse(text))), '__proto__', 'constructor', 'later'),
      how: fc.constantFrom('replace', 'double', 'drop', 'cut', 'raw'),
      value: hostile,
      at: fc.nat({ max: text.length }),
    })
    .map(({ field, how, value, at }) => {
      if (how === 'raw') return value
      if (how === 'cut') return text.slice(0, at)
      const fields = Object.entries(Object(JSON.parse(text))).map(([key, item]) => [
        key,
        JSON.stringify(item),
      ])
      const kept = how === 'double' ? fields : fields.filter(([key]) => key !== field)
      const all = how === 'drop' ? kept : [...kept, [field, value]]
      return `{${all.map(([key, item]) => `${JSON.stringify(key)}:${item}`).join(',')}}`
    })

/** Any text with some characters changed, or cut. */
export const damaged = (text: string) =>
  fc
    .record({
      at: fc.nat({ max: text.length }),
      put: fc.string({ unit: 'binary', maxLength: 3 }),
      cut: fc.boolean(),
    })
    .map(({ at, put, cut }) => text.slice(0, at) + put + (cut ? '' : text.slice(at + put.length)))
