// How many random cases a property is tried with: few in CI, as many as RCONSOLE_FUZZ says otherwise.
const asked = Number(process.env['RCONSOLE_FUZZ'] ?? 300)

/** Cases for a property whose one case costs well under a millisecond. */
export const FUZZ_RUNS = Number.isInteger(asked) && asked > 0 ? asked : 300

/** Cases for a property whose one case costs some milliseconds. */
export const SLOW_RUNS = Math.ceil(FUZZ_RUNS / 10)
