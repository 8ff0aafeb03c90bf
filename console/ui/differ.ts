// What to send so that the terminal shows the lines of the screen: stands in for blessed's own draw.
import type { Cell, Row } from './blessed.ts'
import { SAFE } from './glyphs.ts'
import type { Styles } from './style.ts'

/** A cell that equals none: what the terminal shows there is not known. */
const UNKNOWN: Cell = [Number.NaN, '\0']
/** Unchanged cells between two changed ones are sent again when that is shorter than moving the cursor. */
const GAP = 4

/** The sequences that turn `shown` into `lines`; empty when nothing differs. Updates `shown`. */
export function difference(lines: readonly Row[], shown: readonly Cell[][], styles: Styles): string {
  const pen = new Pen(styles)
  for (const [y, row] of lines.entries()) {
    const old = shown[y]
    if (!row.dirty || old === undefined) continue
    row.dirty = false
    drawRow(pen, y, row, old)
  }
  return pen.out === '' ? '' : `${pen.out}\x1b[m`
}

function drawRow(pen: Pen, y: number, row: Row, old: Cell[]): void {
  for (let x = 0; x < row.length; x++) {
    const cell = row[x]
    const before = old[x]
    if (cell === undefined || before === undefined) continue
    if (cell[0] === before[0] && cell[1] === before[1]) continue
    // Terminals disagree on the width of such a character: its right neighbour may have been touched or may be.
    const isOdd = !SAFE.test(cell[1]) || !SAFE.test(before[1])
    if (isOdd && x + 1 < row.length) old[x + 1] = UNKNOWN
    old[x] = [cell[0], cell[1]]
    // A right half comes with its left half, which has just been drawn: put() leaves no halves.
    if (cell[1] !== '') pen.draw(x, y, row)
  }
}

/** Where the terminal's cursor is and with which style it writes. */
class Pen {
  out = ''
  readonly #styles: Styles
  #style = Number.NaN
  /** Not known: -1. */
  #x = -1
  #y = -1

  constructor(styles: Styles) {
    this.#styles = styles
  }

  draw(x: number, y: number, row: Row): void {
    const [style, text] = row[x] ?? UNKNOWN
    if (this.#x !== x || this.#y !== y) this.#move(x, y, row)
    if (style !== this.#style) this.out += this.#styles.sequence(style)
    this.#style = style
    // Blanks first: a terminal that takes the character for a narrow one leaves no old half behind.
    if (row[x + 1]?.[1] === '') this.out += `  ${position(x, y)}`
    this.out += text
    this.#y = y
    // After the last column, and after a character of disputed width, only the terminal knows where it is.
    this.#x = SAFE.test(text) && x + 1 < row.length ? x + 1 : -1
  }

  #move(x: number, y: number, row: Row): void {
    const gap = this.#y === y && this.#x >= 0 && x > this.#x ? row.slice(this.#x, x) : []
    if (gap.length > 0 && gap.length < GAP && gap.every((cell) => this.#canRepeat(cell))) {
      this.out += gap.map(([, text]) => text).join('')
      return
    }
    this.out += position(x, y)
  }

  #canRepeat([style, text]: Cell): boolean {
    return style === this.#style && SAFE.test(text)
  }
}

function position(x: number, y: number): string {
  return `\x1b[${y + 1};${x + 1}H`
}
