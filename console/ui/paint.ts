// Text into the cells of the screen: the only way that a string of ours or of a machine gets there.
import { clean } from '../../protocol/clean.ts'
import type { Coords, Row } from './blessed.ts'
import { glyphs, PLAIN, SAFE } from './glyphs.ts'
import { DEFAULT } from './style.ts'

export interface Place {
  readonly x: number
  readonly y: number
  /** Columns to fill, with spaces after the text; by default all to the right edge. */
  readonly width?: number
  readonly style?: number
}

/** The cells of one view; (0, 0) is its upper left corner. */
export class Canvas {
  readonly #lines: readonly Row[]
  readonly #area: Coords

  constructor(lines: readonly Row[], area: Coords) {
    this.#lines = lines
    this.#area = area
  }

  get width(): number {
    return this.#area.xl - this.#area.xi
  }

  get height(): number {
    return this.#area.yl - this.#area.yi
  }

  /** The cells of a part of it, which is cut where it leaves it. */
  part({ x, y, width, height }: Readonly<Record<'x' | 'y' | 'width' | 'height', number>>): Canvas {
    const { xi, xl, yi, yl } = this.#area
    return new Canvas(this.#lines, {
      xi: Math.min(xl, xi + Math.max(0, x)),
      xl: Math.min(xl, xi + x + width),
      yi: Math.min(yl, yi + Math.max(0, y)),
      yl: Math.min(yl, yi + y + height),
    })
  }

  /** Clean `text` and fill the place with it. What does not fit ends in `…`. */
  put({ x, y, width = this.width - x, style = DEFAULT }: Place, text: string): void {
    const row = this.#lines[this.#area.yi + y]
    if (row === undefined || y < 0 || y >= this.height) return
    const start = this.#area.xi + x
    const end = Math.min(start + width, this.#area.xl, row.length)
    if (start < 0 || start >= end) return
    writeRow({ row, start, end, style }, text)
  }

  /** Row of the screen where the canvas begins. */
  get top(): number {
    return this.#area.yi
  }

  /**
   * One cell of a terminal in a pane, with one character; '' is the right half of a wide one, which the caller writes
   * after its left half. Whatever the text, at most one clean character gets to the screen.
   */
  cell(x: number, y: number, style: number, text: string): void {
    const row = this.#lines[this.#area.yi + y]
    if (row === undefined || y < 0 || y >= this.height || x < 0 || x >= this.width) return
    setCell(row, this.#area.xi + x, style, text === '' || SAFE.test(text) ? text : firstOf(text))
  }

  /** The part of it that is `by` cells away from its edges. */
  inner(by: number): Canvas {
    const { xi, xl, yi, yl } = this.#area
    return new Canvas(this.#lines, { xi: xi + by, xl: xl - by, yi: yi + by, yl: yl - by })
  }
}

function firstOf(text: string): string {
  for (const { text: first } of glyphs(clean(text))) return first
  return ' '
}

interface Span {
  readonly row: Row
  readonly start: number
  readonly end: number
  readonly style: number
}

function writeRow({ row, start, end, style }: Span, text: string): void {
  // A wide character that loses one of its halves here must not stay as the other half.
  if (row[start]?.[1] === '') setCell(row, start - 1, row[start - 1]?.[0] ?? style, ' ')
  let x = start
  const shown = clean(text)
  if (shown.length <= end - start && PLAIN.test(shown))
    for (let at = 0; at < shown.length; at++) setCell(row, x++, style, shown.charAt(at))
  else for (const part of fitted(shown, end - start)) setCell(row, x++, style, part)
  while (x < end) setCell(row, x++, style, ' ')
  if (row[end]?.[1] === '') setCell(row, end, row[end][0], ' ')
}

/** `text` as cells, at most `width` of them; plain text is too long for them. */
function fitted(text: string, width: number): string[] {
  if (PLAIN.test(text)) {
    return [...text.slice(0, width - 1).split(''), '…']
  }
  const cells: string[] = []
  for (const { text: part, columns } of glyphs(text)) {
    cells.push(part)
    if (columns === 2) cells.push('')
    if (cells.length > width) {
      const isCutInHalf = cells[width - 1] === ''
      cells.length = width - 1
      if (isCutInHalf) cells[width - 2] = ' '
      return [...cells, '…']
    }
  }
  return cells
}

function setCell(row: Row, x: number, style: number, text: string): void {
  const cell = row[x]
  if (cell === undefined || (cell[0] === style && cell[1] === text)) return
  cell[0] = style
  cell[1] = text
  row.dirty = true
}
