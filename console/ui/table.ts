// A table that paints the rows in sight only: ten thousand cost what twenty do.
import type { Canvas } from './paint.ts'
import { type Look, type Styles } from './style.ts'

export interface Column<Row> {
  readonly title: string
  /** Columns of the screen; what is left over goes to those that may grow. */
  readonly width: number
  readonly grows?: boolean
  text(row: Row): string
  look?(row: Row): Look
}

export interface TableOptions<Row> {
  readonly columns: readonly Column<Row>[]
  readonly styles: Styles
  /** What stays the same when a row changes: the selection follows it. */
  readonly idOf: (row: Row) => string
}

export class Table<Row> {
  readonly #options: TableOptions<Row>
  #rows: readonly Row[] = []
  #at = 0
  #selectedId: string | undefined
  #top = 0
  /** Rows in sight, as of the last frame. */
  #page = 1

  constructor(options: TableOptions<Row>) {
    this.#options = options
  }

  get rows(): readonly Row[] {
    return this.#rows
  }

  get selected(): Row | undefined {
    return this.#rows[this.#at]
  }

  get page(): number {
    return this.#page
  }

  /** New rows; the selected one stays selected wherever it is now. */
  show(rows: readonly Row[]): void {
    this.#rows = rows
    const { idOf } = this.#options
    const same = this.selected
    if (same !== undefined && idOf(same) === this.#selectedId) return
    const found = rows.findIndex((row) => idOf(row) === this.#selectedId)
    this.select(found < 0 ? this.#at : found)
  }

  /** Select row `at`, or the nearest that there is. */
  select(at: number): void {
    this.#at = Math.max(0, Math.min(this.#rows.length - 1, at))
    const row = this.selected
    this.#selectedId = row === undefined ? undefined : this.#options.idOf(row)
  }

  move(by: number): void {
    this.select(this.#at + by)
  }

  /** Select the row that is painted on line `y` of the canvas; false when there is none. */
  selectLine(y: number): boolean {
    const at = this.#top + y - 1
    if (y < 1 || at >= this.#rows.length) return false
    this.select(at)
    return true
  }

  isSelectedLine(y: number): boolean {
    return this.#at === this.#top + y - 1
  }

  paint(canvas: Canvas): void {
    this.#page = Math.max(1, canvas.height - 1)
    this.#top = Math.min(this.#at, Math.max(this.#top, this.#at - this.#page + 1))
    this.#top = Math.max(0, Math.min(this.#top, this.#rows.length - this.#page))
    const widths = this.#widths(canvas.width)
    this.#paintRow(canvas, 0, widths, (column) => ({ text: column.title, look: { bold: true } }))
    for (let y = 1; y < canvas.height; y++) this.#paintLine(canvas, y, widths)
  }

  #paintLine(canvas: Canvas, y: number, widths: readonly number[]): void {
    const at = this.#top + y - 1
    const row = this.#rows[at]
    if (row === undefined) {
      canvas.put({ x: 0, y }, '')
      return
    }
    const inverse = at === this.#at
    this.#paintRow(canvas, y, widths, (column) => ({
      text: column.text(row),
      look: { ...column.look?.(row), inverse },
    }))
    if (inverse) canvas.put({ x: 0, y, width: 1, style: this.#options.styles.of({ inverse }) }, '>')
  }

  #paintRow(
    canvas: Canvas,
    y: number,
    widths: readonly number[],
    cell: (column: Column<Row>) => { text: string; look: Look },
  ): void {
    let x = 2
    for (const [index, column] of this.#options.columns.entries()) {
      const width = widths[index]
      if (width === undefined) break
      const { text, look } = cell(column)
      if (index === 0)
        canvas.put({ x: 0, y, style: this.#options.styles.of({ inverse: look.inverse === true }) }, '')
      canvas.put({ x, y, width, style: this.#options.styles.of(look) }, text)
      x += width + 1
    }
  }

  /** Widths of the columns that fit, from the left. */
  #widths(room: number): number[] {
    const widths: number[] = []
    let left = room - 2
    for (const { width } of this.#options.columns) {
      if (width > left) break
      widths.push(width)
      left -= width + 1
    }
    const growing = [...widths.keys()].filter((index) => this.#options.columns[index]?.grows === true)
    const each = Math.max(0, Math.floor((left + 1) / growing.length))
    for (const index of growing) widths[index] = (widths[index] ?? 0) + each
    return widths
  }
}
