// A page of rows that are read when it opens: history, tokens, operators. Filter, details of the selected one, read again.
import { wrap } from '../glyphs.ts'
import type { Reading } from '../books.ts'
import { clean } from '../../../protocol/clean.ts'
import { Line } from '../line.ts'
import { MOVE_KEYS } from '../move-keys.ts'
import { definePage, keyTable, type Page, type Press, type Ui } from '../page.ts'
import type { Canvas } from '../paint.ts'
import { type Column, Table } from '../table.ts'

export const ROWS_KEYS = keyTable([
  { key: ['/'], label: '/', description: 'filter: words, !word', command: 'filter', footer: 'filter' },
  { key: ['r'], label: 'r', description: 'read again', command: 'read', footer: 'read again' },
  { key: ['y'], label: 'y', description: 'copy the row in full', command: 'copy', footer: 'copy' },
  {
    key: ['escape', 'C-c'],
    label: 'Esc',
    description: 'clear the filter, or back',
    command: 'clear',
    footer: 'back',
  },
  ...MOVE_KEYS,
  { key: ['click'], label: 'click', description: 'select', command: 'select', visible: false },
])

export const ROWS_FILTER_KEYS = keyTable([
  { key: ['enter'], label: 'Enter', description: 'keep it', command: 'keep', footer: 'keep' },
  { key: ['escape', 'C-c'], label: 'Esc', description: 'clear it', command: 'clear', footer: 'clear' },
])

export interface RowsOptions<Row> {
  readonly title: string
  readonly columns: readonly Column<Row>[]
  readonly idOf: (row: Row) => string
  /** All of a row, line by line. */
  readonly detail: (row: Row) => readonly string[]
  readonly read: Reading<Row>
  /** What to do when there is none. */
  readonly empty: readonly string[]
  readonly equivalent: string
}

/** Rows of the details, with the line above them. */
const DETAIL = 5
/** Rows of one turn of the wheel. */
const WHEEL = 3

export class RowsPage<Row> implements Page {
  readonly #ui: Ui
  readonly #options: RowsOptions<Row>
  readonly #table: Table<Row>
  readonly #line = new Line('/')
  #rows: readonly Row[] = []
  #isTyping = false
  #reading: AbortController | undefined

  readonly #list = definePage(ROWS_KEYS, {
    filter: () => (this.#isTyping = true),
    read: () => this.#read(),
    copy: () => this.#copy(),
    clear: () => (this.#line.value === '' ? this.#ui.back() : this.#clear()),
    up: () => this.#table.move(-1),
    down: () => this.#table.move(1),
    top: () => this.#table.select(0),
    bottom: () => this.#table.select(this.#table.rows.length - 1),
    pageUp: () => this.#table.move(-this.#table.page),
    pageDown: () => this.#table.move(this.#table.page),
    scrollUp: () => this.#table.move(-WHEEL),
    scrollDown: () => this.#table.move(WHEEL),
    select: ({ row }) => void this.#table.selectLine(row),
  })
  readonly #filter = definePage(ROWS_FILTER_KEYS, {
    keep: () => (this.#isTyping = false),
    clear: () => this.#clear(),
  })

  constructor(ui: Ui, options: RowsOptions<Row>) {
    this.#ui = ui
    this.#options = options
    this.#table = new Table({ columns: options.columns, styles: ui.styles, idOf: options.idOf })
  }

  get where(): string {
    return this.#isTyping ? 'rowsFilter' : 'rows'
  }

  get keys(): Page['keys'] {
    return this.#isTyping ? this.#filter.keys : this.#list.keys
  }

  get input(): Line | undefined {
    return this.#isTyping ? this.#line : undefined
  }

  title(): { where: string; right: string } {
    const { title } = this.#options
    const { value } = this.#line
    const count = value === '' ? `${this.#rows.length}` : `${this.#table.rows.length} of ${this.#rows.length}`
    const isReading = this.#reading !== undefined
    return {
      where: value === '' ? title : `${title} › ${value}`,
      right: isReading ? `reading … ${count}` : count,
    }
  }

  paint(canvas: Canvas): void {
    if (this.#rows.length === 0) {
      this.#paintLines(canvas, this.#reading === undefined ? this.#options.empty : ['Reading …'])
      return
    }
    const { width } = canvas
    const height = Math.max(2, canvas.height - DETAIL)
    this.#table.paint(canvas.part({ x: 0, y: 0, width, height }))
    const below = canvas.part({ x: 0, y: height, width, height: canvas.height - height })
    const { styles, theme } = this.#ui
    below.put({ x: 0, y: 0, style: styles.of(theme.border) }, '─'.repeat(width))
    const row = this.#table.selected
    const detail = row === undefined ? [] : this.#options.detail(row)
    const lines = detail.flatMap((line) => wrap(clean(line), width - 2))
    for (let y = 1; y < below.height; y++) below.put({ x: 0, y }, ` ${lines[y - 1] ?? ''}`)
  }

  note(): string {
    const isWithout = this.#rows.length > 0 && this.#table.rows.length === 0
    return isWithout ? 'Nothing matches. Esc clears the filter.' : ''
  }

  obey(command: string, press: Press): void {
    if (this.#isTyping) this.#filter.obey(command, press)
    else this.#list.obey(command, press)
  }

  typed(): void {
    this.#refresh()
  }

  equivalent(): string {
    return this.#options.equivalent
  }

  opened(): void {
    if (this.#rows.length === 0) this.#read()
  }

  async close(): Promise<void> {
    this.#reading?.abort()
  }

  #paintLines(canvas: Canvas, lines: readonly string[]): void {
    for (let y = 0; y < canvas.height; y++) {
      const line = lines[y - 2] ?? ''
      canvas.put({ x: 0, y }, line === '' ? '' : `    ${line}`)
    }
  }

  #read(): void {
    this.#reading?.abort()
    const controller = new AbortController()
    this.#reading = controller
    const show = (rows: readonly Row[]): void => {
      if (controller.signal.aborted) return
      this.#rows = rows
      this.#refresh()
    }
    this.#options
      .read(show, controller.signal)
      .catch((error: unknown) => {
        if (!controller.signal.aborted) this.#ui.fail(error)
      })
      .finally(() => {
        if (this.#reading === controller) this.#reading = undefined
        this.#ui.draw()
      })
  }

  #refresh(): void {
    const words = this.#line.value.toLowerCase().split(/\s+/)
    this.#table.show(this.#rows.filter((row) => words.every((word) => this.#matches(row, word))))
    this.#ui.draw()
  }

  /** `!word` must not be there. */
  #matches(row: Row, word: string): boolean {
    const isWithout = word.startsWith('!')
    const wanted = isWithout ? word.slice(1) : word
    if (wanted === '') return true
    const text = [...this.#options.columns.map((column) => column.text(row)), ...this.#options.detail(row)]
    return text.join(' ').toLowerCase().includes(wanted) !== isWithout
  }

  #clear(): void {
    this.#isTyping = false
    this.#line.value = ''
    this.#refresh()
  }

  #copy(): void {
    const row = this.#table.selected
    if (row === undefined) return
    this.#ui.copy(
      this.#options
        .detail(row)
        .map((line) => clean(line))
        .join('\n'),
      'the row',
    )
  }
}
