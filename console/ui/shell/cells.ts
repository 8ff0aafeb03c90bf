// The cells of a terminal painted into a pane: characters and looks, nothing that could act on the operator's terminal.
import type { Canvas } from '../paint.ts'
import { type Colour, DEFAULT, type Styles } from '../style.ts'
import type { Emulator, IBufferCell, IBufferLine } from './emulator.ts'

/** Cells shown the other way round: what was found, what is about to be copied. */
export interface Marked {
  /** Rows of all rows, both included, and the columns of each. */
  readonly from: number
  readonly to: number
  readonly start: number
  readonly end: number
}

export interface Pane {
  readonly emulator: Emulator
  /** The first of all its rows that is in sight. */
  readonly top: number
  readonly marked: Marked | undefined
  /** Whether the cursor of the program is shown. */
  readonly hasCursor: boolean
}

/** Fill `canvas`. */
export function paintPane(canvas: Canvas, styles: Styles, { emulator, top, marked, hasCursor }: Pane): void {
  const looks = new Looks(styles)
  const cursor = hasCursor ? emulator.cursor : undefined
  let cell: IBufferCell | undefined
  for (let y = 0; y < canvas.height; y++) {
    const line = emulator.line(top + y)
    const isMarked = marked !== undefined && top + y >= marked.from && top + y <= marked.to
    const cursorX = cursor !== undefined && emulator.above + cursor.y === top + y ? cursor.x : -1
    for (let x = 0; x < canvas.width; x++) {
      cell = y < emulator.size.rows ? cellOf(line, x, cell) : undefined
      const isInverse = x === cursorX || (isMarked && x >= marked.start && x < marked.end)
      if (cell === undefined) {
        canvas.cell(x, y, isInverse ? looks.inverse : DEFAULT, ' ')
        continue
      }
      const style = looks.of(cell, isInverse)
      // A wide character that is cut by the edge, as for a moment while the size changes.
      const isCut = cell.getWidth() === 2 && x === canvas.width - 1
      const isHalf = cell.getWidth() === 0 && x > 0
      const text = cell.isInvisible() !== 0 || isCut ? ' ' : cell.getChars() || ' '
      canvas.cell(x, y, style, isHalf ? '' : text)
    }
  }
}

function cellOf(
  line: IBufferLine | undefined,
  x: number,
  reused: IBufferCell | undefined,
): IBufferCell | undefined {
  if (line === undefined || x >= line.length) return undefined
  return line.getCell(x, reused)
}

/** Looks of cells as styles; neighbours mostly have the same. */
class Looks {
  readonly inverse: number
  readonly #styles: Styles
  #key = ''
  #style = DEFAULT

  constructor(styles: Styles) {
    this.#styles = styles
    this.inverse = styles.of({ inverse: true })
  }

  of(cell: IBufferCell, isInverse: boolean): number {
    if (!isInverse && cell.isAttributeDefault()) return DEFAULT
    const key = [
      cell.getFgColorMode(),
      cell.getFgColor(),
      cell.getBgColorMode(),
      cell.getBgColor(),
      cell.isBold(),
      cell.isDim(),
      cell.isItalic(),
      cell.isUnderline(),
      cell.isInverse(),
      cell.isStrikethrough(),
      isInverse,
    ].join()
    if (key !== this.#key) {
      this.#key = key
      this.#style = this.#styles.of({
        bold: cell.isBold() !== 0,
        dim: cell.isDim() !== 0,
        italic: cell.isItalic() !== 0,
        underline: cell.isUnderline() !== 0,
        strike: cell.isStrikethrough() !== 0,
        inverse: (cell.isInverse() !== 0) !== isInverse,
        ...colour('fg', cell.isFgRGB(), cell.isFgPalette(), cell.getFgColor()),
        ...colour('bg', cell.isBgRGB(), cell.isBgPalette(), cell.getBgColor()),
      })
    }
    return this.#style
  }
}

function colour(
  ground: 'fg' | 'bg',
  isRgb: boolean,
  isPalette: boolean,
  value: number,
): { fg?: Colour; bg?: Colour } {
  if (isRgb) return { [ground]: `#${value.toString(16).padStart(6, '0')}` }
  return isPalette ? { [ground]: value } : {}
}
