// How a cell looks: a table of styles, since blessed's own have neither true colour nor italics.

/** A colour of the terminal's palette (0 to 255), or `#rrggbb`. */
export type Colour = number | `#${string}`

export interface Look {
  readonly bold?: boolean
  readonly dim?: boolean
  readonly italic?: boolean
  readonly underline?: boolean
  readonly inverse?: boolean
  readonly strike?: boolean
  readonly fg?: Colour
  readonly bg?: Colour
}

/** No style at all. The number is that of blessed's empty cell. */
export const DEFAULT = (0x1ff << 9) | 0x1ff

/** Styles kept; a further one looks like DEFAULT. Programs with true colour make many. */
const MOST = 16_384

/** Looks as numbers for cells, and numbers as what to send. Without colours (NO_COLOR) only the other attributes stay. */
export class Styles {
  readonly #colours: boolean
  readonly #numbers = new Map<string, number>()
  readonly #sequences: string[] = []
  /** Looks that are written out once, as those of a theme are, cost nothing more. */
  readonly #seen = new WeakMap<Look, number>()

  constructor(colours: boolean) {
    this.#colours = colours
  }

  of(look: Look): number {
    const seen = this.#seen.get(look)
    if (seen !== undefined) return seen
    const number = this.#numberOf(look)
    this.#seen.set(look, number)
    return number
  }

  #numberOf(look: Look): number {
    const codes = this.#codes(look)
    if (codes === '') return DEFAULT
    const known = this.#numbers.get(codes)
    if (known !== undefined) return known
    if (this.#sequences.length >= MOST) return DEFAULT
    this.#sequences.push(`\x1b[0;${codes}m`)
    const number = -this.#sequences.length
    this.#numbers.set(codes, number)
    return number
  }

  /** The sequence that sets a style, whatever was set before. */
  sequence(style: number): string {
    return this.#sequences[-style - 1] ?? '\x1b[m'
  }

  #codes(look: Look): string {
    const codes: string[] = []
    if (look.bold === true) codes.push('1')
    if (look.dim === true) codes.push('2')
    if (look.italic === true) codes.push('3')
    if (look.underline === true) codes.push('4')
    if (look.inverse === true) codes.push('7')
    if (look.strike === true) codes.push('9')
    if (this.#colours && look.fg !== undefined) codes.push(colourCode(look.fg, 30))
    if (this.#colours && look.bg !== undefined) codes.push(colourCode(look.bg, 40))
    return codes.join(';')
  }
}

/** `base` is 30 for the text, 40 for the ground. The first 16 use the codes that the terminal's theme redefines. */
function colourCode(colour: Colour, base: number): string {
  if (typeof colour === 'number') {
    if (colour < 8) return String(base + colour)
    return colour < 16 ? String(base + 52 + colour) : `${base + 8};5;${colour}`
  }
  const value = Number.parseInt(colour.slice(1), 16)
  return `${base + 8};2;${(value >> 16) & 255};${(value >> 8) & 255};${value & 255}`
}
