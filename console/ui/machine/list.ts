// One tab of a machine that is a table: processes, filesystems, sockets, services, runs; each with order and filter.
import type { Canvas } from '../paint.ts'
import type { Styles } from '../style.ts'
import { type Column, keyOf, type Sort, sorted, Table } from '../table.ts'
import type { Theme } from '../theme.ts'
import { Reader } from './reader.ts'

/** A part of the page of a machine. */
export interface Tab {
  readonly name: string
  /** The list that keys move in, if it has one. */
  readonly list: AnyList | undefined
  paint(canvas: Canvas): void
  /** A click on line `y` of its canvas: order by a title, or select a row. */
  clicked(y: number, x: number): void
  /** It is seen from now on, or no longer. */
  open(): void
  close(): void
  /** The machine has come back. */
  wake(): void
  /** Ask again, now. */
  again(): void
}

/** A list, whatever its rows are. */
export interface AnyList {
  readonly name: string
  readonly page: number
  readonly count: string
  filter: string
  move(by: number): void
  sortByNext(): void
  /** The same order the other way round. */
  turn(): void
  /** The selected row as text, to be copied. */
  readonly selectedText: string
}

export interface ListContext {
  readonly styles: Styles
  readonly theme: () => Theme
  readonly draw: () => void
  readonly isThere: () => boolean
}

export interface ListOptions<Row> extends ListContext {
  readonly name: string
  readonly columns: readonly Column<Row>[]
  readonly idOf: (row: Row) => string
  readonly sort: Sort
  /** Listings, each whole. `asked` is for whoever sorts and filters where the rows are. */
  readonly read: (
    asked: { readonly sort: string; readonly filter: string },
    signal: AbortSignal,
  ) => AsyncIterable<readonly Row[]> | Promise<readonly Row[]>
  /** Filter and order are part of the question, not only of what is shown. */
  readonly isAskedAnew?: boolean
  readonly empty: string
}

/** Someone who types has not finished: what is asked anew waits so long (ms). */
const SETTLE_MS = 250

export class List<Row> implements Tab, AnyList {
  readonly name: string
  readonly table: Table<Row>
  readonly #options: ListOptions<Row>
  readonly #reader: Reader<readonly Row[]>
  #rows: readonly Row[] = []
  #sort: Sort
  #filter = ''
  #timer: NodeJS.Timeout | undefined

  constructor(options: ListOptions<Row>) {
    const { name, columns, styles, theme, idOf, read, draw, isThere } = options
    this.name = name
    this.#options = options
    this.#sort = options.sort
    this.table = new Table({ columns, styles, theme, idOf, sort: () => this.#sort })
    this.#reader = new Reader({
      read: (signal) => read({ sort: this.#sort.key, filter: this.#filter }, signal),
      take: (rows) => {
        this.#rows = rows
        this.#show()
      },
      changed: draw,
      isThere,
    })
  }

  get list(): AnyList {
    return this
  }

  get page(): number {
    return this.table.page
  }

  get count(): string {
    const { length } = this.table.rows
    return length === this.#rows.length ? `${length}` : `${length} of ${this.#rows.length}`
  }

  get filter(): string {
    return this.#filter
  }

  set filter(filter: string) {
    this.#filter = filter
    this.#show()
    this.#askAnew()
  }

  get selectedText(): string {
    const { selected } = this.table
    return selected === undefined
      ? ''
      : this.table.columns.map((column) => column.text(selected).trim()).join('  ')
  }

  open(): void {
    this.#reader.open()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#reader.close()
  }

  wake(): void {
    this.#reader.wake()
  }

  again(): void {
    this.#reader.again()
  }

  move(by: number): void {
    this.table.move(by)
  }

  clicked(y: number, x: number): void {
    const title = y === 0 ? this.table.columnAt(x) : undefined
    if (title !== undefined) this.#setSort(keyOf(title))
    else this.table.selectLine(y)
  }

  sortByNext(): void {
    const keys = this.table.columns.map((column) => keyOf(column))
    this.#setSort(keys[(keys.indexOf(this.#sort.key) + 1) % keys.length] ?? this.#sort.key)
  }

  turn(): void {
    this.#setSort(this.#sort.key)
  }

  paint(canvas: Canvas): void {
    const { hasSome, failure, isReading } = this.#reader
    this.table.paint(canvas)
    const isEmpty = this.table.rows.length === 0
    const why = !hasSome && isReading ? 'Asking …' : isEmpty ? this.#options.empty : ''
    const line = failure === '' ? why : failure
    // What was there before a failure stays in sight, with the failure below it.
    const y = Math.min(canvas.height - 1, isEmpty ? 2 : this.table.rows.length + 1)
    const { styles, theme } = this.#options
    if (line !== '')
      canvas.put({ x: 2, y, style: styles.of(failure === '' ? theme().quiet : theme().warn) }, line)
  }

  /** By another column, or by the same the other way round. Numbers begin with the largest. */
  #setSort(key: string): void {
    const column = this.table.columns.find((one) => keyOf(one) === key)
    const first = this.#rows[0]
    const isNumber = first !== undefined && typeof column?.value?.(first) === 'number'
    this.#sort = { key, isDescending: key === this.#sort.key ? !this.#sort.isDescending : isNumber }
    this.#show()
    this.#askAnew()
  }

  #askAnew(): void {
    if (this.#options.isAskedAnew !== true) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.again()
    }, SETTLE_MS)
  }

  #show(): void {
    const words = this.#filter
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '')
    const { columns } = this.table
    const shown =
      words.length === 0
        ? this.#rows
        : this.#rows.filter((row) => {
            const text = columns
              .map((column) => column.text(row))
              .join(' ')
              .toLowerCase()
            return words.every((word) =>
              word.startsWith('!') ? !text.includes(word.slice(1)) : text.includes(word),
            )
          })
    const column = columns.find((one) => keyOf(one) === this.#sort.key)
    this.table.show(column === undefined ? shown : sorted(shown, column, this.#sort.isDescending))
  }
}

/** The words of a filter that a machine can be asked for: the first that excludes nothing. */
export function askedFor(filter: string): string {
  return filter.split(/\s+/).find((word) => word !== '' && !word.startsWith('!')) ?? ''
}
