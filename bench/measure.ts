// Numbers with their spread, taken from us and from the peer in turns, so that a busy machine is busy for both.

/** The middle of some samples, with the tenth and the ninetieth percentile. */
export interface Spread {
  readonly median: number
  readonly low: number
  readonly high: number
  readonly n: number
}

/** One line of the table. */
export interface Row {
  readonly target: string
  /** What was measured, and with how much. */
  readonly what: string
  readonly unit: string
  readonly ours: Spread
  readonly peer?:
    | { readonly name: string; readonly missing: string }
    | { readonly name: string; readonly spread: Spread }
  /** Ours over the peer's, round by round. */
  readonly ratio?: Spread
  /** What is aimed at, for `ratio` or for `ours`. */
  readonly goal?: Goal
}

export interface Goal {
  readonly of: 'ratio' | 'ours'
  readonly most?: number
  readonly least?: number
}

export function spreadOf(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((one, other) => one - other)
  const at = (share: number): number => sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN
  return { median: at(0.5), low: at(0.1), high: at(0.9), n: sorted.length }
}

/** The percentile `share` (0 to 1) of samples. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export type Sampler = () => Promise<readonly number[]>

/** What a row says before anything is measured. */
export type Heading = Pick<Row, 'target' | 'what' | 'unit' | 'goal'>

export interface Rival {
  readonly name: string
  /** Why it cannot be measured here. */
  readonly missing?: string | undefined
  readonly sample: Sampler
}

/** A row of ours alone. */
export async function alone(heading: Heading, sample: Sampler): Promise<Row> {
  return { ...heading, ours: spreadOf(await sample()) }
}

/** `rounds` times samples of ours and of the rival's, each time the other one first. */
export async function compare(heading: Heading, rounds: number, ours: Sampler, rival: Rival): Promise<Row> {
  const { name, missing } = rival
  if (missing !== undefined) return { ...(await alone(heading, ours)), peer: { name, missing } }
  const mine: number[] = []
  const theirs: number[] = []
  const ratios: number[] = []
  for (let round = 0; round < rounds; round++) {
    const isOursFirst = round % 2 === 0
    const first = await (isOursFirst ? ours : rival.sample)()
    const second = await (isOursFirst ? rival.sample : ours)()
    const [own, other] = isOursFirst ? [first, second] : [second, first]
    mine.push(...own)
    theirs.push(...other)
    ratios.push(spreadOf(own).median / spreadOf(other).median)
  }
  return {
    ...heading,
    ours: spreadOf(mine),
    peer: { name, spread: spreadOf(theirs) },
    ratio: spreadOf(ratios),
  }
}

/** Whether a row meets its goal; undefined where there is nothing to judge. */
export function isMet({ goal, ratio, ours }: Row): boolean | undefined {
  const value = (goal?.of === 'ratio' ? ratio : ours)?.median
  if (goal === undefined || value === undefined || Number.isNaN(value)) return undefined
  return value <= (goal.most ?? Number.POSITIVE_INFINITY) && value >= (goal.least ?? Number.NEGATIVE_INFINITY)
}

/** How long `work` takes (ms). */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

/** So many samples of `take`, with a pause (ms) before each, as a person or a script would leave. */
export async function repeat(count: number, pause: number, take: () => Promise<number>): Promise<number[]> {
  const samples: number[] = []
  for (let n = 0; n < count; n++) {
    await new Promise((resolve) => {
      setTimeout(resolve, pause)
    })
    samples.push(await take())
  }
  return samples
}
