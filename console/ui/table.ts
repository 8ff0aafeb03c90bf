// A table that paints the rows in sight only: ten thousand cost what twenty do.
import type { Canvas } from './paint.ts'
import type { Look, Styles } from './style.ts'
import { type Theme, THEMES } from './theme.ts'

export interface Column<Row> {
  /** What settings, sort and choice call it; its title when absent. */
  readonly key?: string
  readonly title: string
  /** Columns of the screen; what is left over goes to those that may grow. */
  readonly width: number
  readonly grows?: boolean
  /** It grows no further than this. */
  readonly most?: number
  text(row: Row): string
  /** Instead of `text`, for what depends on how wide it is. */
  draw?(row: Row, width: number): string
  look?(row: Row): Look
  /** What it is sorted by; undefined comes last. Absent: its text. */
  value?(row: Row): string | number | undefined
  /** The columns after it that its text runs over, for a row that has nothing to say in them. */
  covers?(row: Row): readonly string[]
}

export interface Sort {
  readonly key: string
  readonly isDescending: boolean
}

export interface TableOptions<Row> {
  readonly columns: readonly Column<Row>[]
  readonly styles: Styles
  readonly theme?: () => Theme
  /** What stays the same when a row changes: the selection follows it. */
  readonly idOf: (row: Row) => string
  readonly sort?: () => Sort
  /** Present: rows can be marked. */
  readonly isMarked?: (row: Row) => boolean
}

export class Table<Row> {
  readonly #options: TableOptions<Row>
  /** In the order in which they stand; a narrow screen loses the last ones first. */
  columns: readonly Column<Row>[]
  #rows: readonly Row[] = []
  #at = 0
  #selectedId: string | undefined
  #top = 0
  /** Rows in sight, and where the columns are, as of the last frame. */
  #page = 1
  #widths: readonly number[] = []

  constructor(options: TableOptions<Row>) {
    this.#options = options
    this.columns = options.columns
  }

  get rows(): readonly Row[] {
    return this.#rows
  }

  get selected(): Row | undefined {
    return this.#rows[this.#at]
  }

  get at(): number {
    return this.#at
  }

  get page(): number {
    return this.#page
  }

  /** The rows that the last frame showed. */
  get inView(): readonly Row[] {
    return this.#rows.slice(this.#top, this.#top + this.#page)
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

  /** The column that is painted at `x` of the canvas. */
  columnAt(x: number): Column<Row> | undefined {
    let left = this.#gutter
    for (const [index, width] of this.#widths.entries()) {
      if (x >= left && x < left + width) return this.columns[index]
      left += width + 1
    }
    return undefined
  }

  paint(canvas: Canvas): void {
    this.#page = Math.max(1, canvas.height - 1)
    this.#top = Math.min(this.#at, Math.max(this.#top, this.#at - this.#page + 1))
    this.#top = Math.max(0, Math.min(this.#top, this.#rows.length - this.#page))
    const { styles, theme = () => THEMES['16'] } = this.#options
    const shown = this.columns
    this.#widths = widthsOf(shown, canvas.width - this.#gutter)
    const looks = theme()
    this.#paintTitles(canvas, shown, styles.of(looks.title))
    for (let y = 1; y < canvas.height; y++) {
      const at = this.#top + y - 1
      const row = this.#rows[at]
      if (row === undefined) canvas.put({ x: 0, y }, '')
      else this.#paintRow(canvas, y, { row, shown, looks, isSelected: at === this.#at })
    }
  }

  get #gutter(): number {
    return this.#options.isMarked === undefined ? 2 : 3
  }

  #paintTitles(canvas: Canvas, shown: readonly Column<Row>[], style: number): void {
    const sort = this.#options.sort?.()
    canvas.put({ x: 0, y: 0, style }, '')
    let x = this.#gutter
    for (const [index, width] of this.#widths.entries()) {
      const { title = '', key = title } = shown[index] ?? {}
      const sign = sort?.isDescending === true ? '▼' : '▲'
      canvas.put({ x, y: 0, width, style }, sort?.key === key ? `${title}${sign}` : title)
      x += width + 1
    }
  }

  #paintRow(
    canvas: Canvas,
    y: number,
    {
      row,
      shown,
      looks,
      isSelected,
    }: { row: Row; shown: readonly Column<Row>[]; looks: Theme; isSelected: boolean },
  ): void {
    const { styles, isMarked } = this.#options
    const over = isSelected ? looks.selected : undefined
    const ground = styles.of(over ?? NONE)
    const gutter = this.#gutter
    // No cell is written twice: what does not differ costs nothing further on.
    canvas.put({ x: 0, y, width: isMarked === undefined ? gutter : 1, style: ground }, isSelected ? '>' : '')
    if (isMarked !== undefined) {
      const isSet = isMarked(row)
      const style = isSet
        ? styles.of(over === undefined ? looks.marked : { ...looks.marked, ...over })
        : ground
      canvas.put({ x: 1, y, width: gutter - 1, style }, isSet ? '●' : '')
    }
    let x = gutter
    for (let index = 0; index < this.#widths.length; index++) {
      const column = shown[index]
      if (column === undefined) break
      const covered = this.#covered(shown, index, row)
      let width = this.#widths[index] ?? 0
      for (let next = index + 1; next <= index + covered; next++) width += 1 + (this.#widths[next] ?? 0)
      const look = column.look?.(row) ?? NONE
      const style = styles.of(over === undefined ? look : { ...look, ...over })
      canvas.put({ x, y, width, style }, column.draw?.(row, width) ?? column.text(row))
      canvas.put({ x: x + width, y, width: 1, style: ground }, '')
      x += width + 1
      index += covered
    }
    canvas.put({ x, y, style: ground }, '')
  }

  /** How many of the columns in sight after `index` it runs over. */
  #covered(shown: readonly Column<Row>[], index: number, row: Row): number {
    const keys = shown[index]?.covers?.(row) ?? []
    let count = 0
    while (index + count + 1 < this.#widths.length && keys.includes(keyOf(shown[index + count + 1]))) count++
    return count
  }
}

/** What a column is called where it is not seen. */
export function keyOf<Row>(column: Column<Row> | undefined): string {
  return column?.key ?? column?.title ?? ''
}

const NONE: Look = {}

/** `rows` in the order of `column`; what it has no value for comes last, either way. Equal ones stay as they were. */
export function sorted<Row>(rows: readonly Row[], column: Column<Row>, isDescending: boolean): Row[] {
  const sign = isDescending ? -1 : 1
  const valued = rows.map((row) => ({
    row,
    value: column.value === undefined ? column.text(row) : column.value(row),
  }))
  valued.sort(({ value: one }, { value: other }) => {
    if (one === other) return 0
    if (one === undefined) return 1
    if (other === undefined) return -1
    return one < other ? -sign : sign
  })
  return valued.map(({ row }) => row)
}

/** Widths of the columns that fit, from the left; what is left over goes in turn to those that may grow. */
function widthsOf<Row>(columns: readonly Column<Row>[], room: number): number[] {
  const widths: number[] = []
  let left = room + 1
  for (const { width } of columns) {
    if (width + 1 > left) break
    widths.push(width)
    left -= width + 1
  }
  for (let grown = -1; left > 0 && grown !== 0;) {
    grown = 0
    for (const [index, width] of widths.entries()) {
      const { grows, most = grows === true ? Infinity : 0 } = columns[index] ?? {}
      if (left === 0 || width >= most) continue
      widths[index] = width + 1
      left -= 1
      grown += 1
    }
  }
  return widths
}
