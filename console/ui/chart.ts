// Numbers as pictures made of text: an area of what has been, a bar of what is; braille, or blocks where a font has none.

/** A part of the whole, 0 to 1; undefined where nothing is known. */
export type Share = number | undefined

export interface Charts {
  /** The height of `shares` over time, newest at the right, from top to bottom; each row has `width` columns. */
  area(shares: readonly Share[], width: number, height: number): string[]
  /** How many shares stand side by side in one column. */
  readonly density: number
  /** `share` of `width` columns filled. */
  bar(share: Share, width: number): string
}

/** One dot of a braille character each, from the bottom: the left half, and the right one. */
const DOTS = [
  [0x40, 0x04, 0x02, 0x01],
  [0x80, 0x20, 0x10, 0x08],
] as const
const LEVELS = ' ▁▂▃▄▅▆▇█'
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const

/** The console of Linux itself has a font of 256 characters, without braille and without parts of a block. */
export function chartsFor(term: string | undefined): Charts {
  return term === 'linux' ? BLOCKS : BRAILLE
}

const BRAILLE: Charts = {
  density: 2,
  area(shares, width, height) {
    const newest = shares.slice(-2 * width)
    const first = 2 * width - newest.length
    const cells = Array.from({ length: height }, () => Array.from({ length: width }, () => 0))
    for (const [index, share] of newest.entries()) {
      const [x, bits] = [(first + index) >> 1, DOTS[(first + index) & 1] ?? DOTS[0]]
      for (let dot = 0; dot < steps(share, height * 4); dot++) {
        const row = cells[height - 1 - (dot >> 2)]
        if (row !== undefined) row[x] = (row[x] ?? 0) | (bits[dot & 3] ?? 0)
      }
    }
    return cells.map((row) =>
      row.map((dots) => (dots === 0 ? ' ' : String.fromCharCode(0x2800 + dots))).join(''),
    )
  },
  bar(share, width) {
    const eighths = Math.round(within(share ?? 0) * width * 8)
    const [full, part] = [eighths >> 3, EIGHTHS[eighths & 7] ?? '']
    return `${'█'.repeat(full)}${part}`.padEnd(width, '·')
  },
}

const BLOCKS: Charts = {
  density: 1,
  area(shares, width, height) {
    const newest = shares.slice(-width)
    const blanks = Array.from({ length: width - newest.length }, () => 0)
    const heights = [...blanks, ...newest.map((share) => steps(share, height * 8))]
    return Array.from({ length: height }, (_, y) => {
      const below = (height - 1 - y) * 8
      return heights.map((high) => LEVELS[Math.max(0, Math.min(8, high - below))]).join('')
    })
  },
  bar(share, width) {
    return '█'.repeat(Math.round(within(share ?? 0) * width)).padEnd(width, '·')
  },
}

/** What is known is never drawn as nothing: idle and silent must not look the same. */
function steps(share: Share, most: number): number {
  return share === undefined ? 0 : Math.max(1, Math.round(within(share) * most))
}

function within(share: number): number {
  return Number.isNaN(share) ? 0 : Math.max(0, Math.min(1, share))
}

/** One value and when it was so (ms). */
export interface Timed {
  readonly at: number
}

/**
 * The last `span` ms of `samples` as `points` equal steps up to the newest one: of several in a step the highest, since
 * a peak is what one looks for. It moves only when a sample comes, not with the clock.
 */
export function overTime<S extends Timed>(
  samples: readonly S[],
  { span, points }: { readonly span: number; readonly points: number },
  valueOf: (sample: S) => Share,
): Share[] {
  const end = samples.at(-1)?.at ?? 0
  const found: Share[] = Array.from({ length: points }, () => undefined)
  for (const sample of samples) {
    const value = valueOf(sample)
    const index = points - 1 - Math.floor(((end - sample.at) / span) * points)
    if (value === undefined || index < 0 || index >= points) continue
    found[index] = Math.max(value, found[index] ?? 0)
  }
  return found.map((value, index) => value ?? held(found, index, Math.ceil(points / 8)))
}

/** A step that no sample fell into has the value before it, if that is not long ago: samples come slower than steps. */
function held(found: readonly Share[], index: number, most: number): Share {
  for (let back = 1; back <= most && index - back >= 0; back++) {
    const value = found[index - back]
    if (value !== undefined) return value
  }
  return undefined
}
