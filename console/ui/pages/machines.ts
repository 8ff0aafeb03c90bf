// The first page: the live list of machines, and its filter.
import { paintFirstRun } from '../chrome.ts'
import type { Fleet, MachineRow } from '../fleet.ts'
import { Line } from '../line.ts'
import { Machines } from '../machines.ts'
import type { Orders } from '../orders.ts'
import { definePage, joined, keyTable, type Page, type Press, type Ui } from '../page.ts'
import type { Canvas } from '../paint.ts'

/** Rows of one turn of the wheel. */
const WHEEL = 3

export const MACHINES_KEYS = keyTable([
  { key: ['enter'], label: 'Enter', description: 'open its prompt', command: 'open', footer: 'open' },
  { key: ['/'], label: '/', description: 'filter: words, !word', command: 'filter', footer: 'filter' },
  { key: ['escape'], label: 'Esc', description: 'clear the filter', command: 'clear' },
  { key: ['k', 'up'], label: 'k ↑', description: 'up', command: 'up' },
  { key: ['j', 'down'], label: 'j ↓', description: 'down', command: 'down' },
  { key: ['g', 'home'], label: 'g Home', description: 'first machine', command: 'top' },
  { key: ['G', 'end'], label: 'G End', description: 'last machine', command: 'bottom' },
  { key: ['pageup', 'C-u'], label: 'PgUp', description: 'a page up', command: 'pageUp' },
  { key: ['pagedown', 'C-d'], label: 'PgDn', description: 'a page down', command: 'pageDown' },
  { key: ['wheelup'], label: 'wheel', description: 'move', command: 'scrollUp' },
  { key: ['wheeldown'], label: 'wheel', description: 'move', command: 'scrollDown', visible: false },
  { key: ['click'], label: 'click', description: 'select; again: open', command: 'select' },
  { key: ['H'], label: 'H', description: 'its history', command: 'history' },
])

export const FILTER_KEYS = keyTable([
  { key: ['enter'], label: 'Enter', description: 'keep it', command: 'keep', footer: 'keep' },
  { key: ['escape', 'C-c'], label: 'Esc', description: 'clear it', command: 'clear', footer: 'clear' },
])

export interface MachinesPageOptions {
  readonly fleet: Fleet
  readonly orders: Orders
  readonly open: (machine: MachineRow) => void
  readonly history: (machines: readonly MachineRow[]) => void
}

export class MachinesPage implements Page {
  readonly #ui: Ui
  readonly #options: MachinesPageOptions
  readonly #machines: Machines
  readonly #line = new Line('/')
  #isTyping = false

  readonly #own = definePage(MACHINES_KEYS, {
    open: () => this.#open(),
    filter: () => (this.#isTyping = true),
    clear: () => this.#clear(),
    up: () => this.#machines.table.move(-1),
    down: () => this.#machines.table.move(1),
    top: () => this.#machines.table.select(0),
    bottom: () => this.#machines.table.select(this.#machines.table.rows.length - 1),
    pageUp: () => this.#machines.table.move(-this.#machines.table.page),
    pageDown: () => this.#machines.table.move(this.#machines.table.page),
    scrollUp: () => this.#machines.table.move(-WHEEL),
    scrollDown: () => this.#machines.table.move(WHEEL),
    select: ({ row }) => this.#click(row),
    history: () => this.#options.history(this.targets()),
  })
  readonly #list: Pick<Page, 'keys' | 'obey'>
  readonly #filter = definePage(FILTER_KEYS, {
    keep: () => (this.#isTyping = false),
    clear: () => this.#clear(),
  })

  constructor(ui: Ui, options: MachinesPageOptions) {
    this.#ui = ui
    this.#options = options
    const { styles, now } = ui
    this.#machines = new Machines(options.fleet, { styles, now, theme: () => ui.theme })
    this.#list = joined(
      this.#own,
      options.orders.keysFor(() => this.targets()),
    )
  }

  get where(): string {
    return this.#isTyping ? 'filter' : 'machines'
  }

  get keys(): Page['keys'] {
    return this.#isTyping ? this.#filter.keys : this.#list.keys
  }

  get input(): Line | undefined {
    return this.#isTyping ? this.#line : undefined
  }

  /** The fleet is another than before. */
  changed(): void {
    this.#machines.changed()
  }

  title(): { where: string; right: string } {
    const { filter, table, online, total } = this.#machines
    const { warning } = this.#options.fleet
    const count = `${online} of ${total} online`
    this.#machines.refresh()
    if (filter === '') return { where: warning === '' ? 'machines' : `machines   ${warning}`, right: count }
    return { where: `machines › ${filter}`, right: `${table.rows.length} shown · ${count}` }
  }

  paint(canvas: Canvas): void {
    this.#machines.refresh()
    if (this.#machines.total === 0) paintFirstRun(canvas, this.#ui.styles, this.#options.fleet)
    else this.#machines.table.paint(canvas)
  }

  note(): string {
    this.#machines.refresh()
    const { table, total } = this.#machines
    if (table.rows.length === 0 && total > 0) return 'No machine matches. Esc clears the filter.'
    return this.#machines.explained(this.#ui.now())
  }

  obey(command: string, press: Press): void {
    if (this.#isTyping) this.#filter.obey(command, press)
    else this.#list.obey(command, press)
  }

  typed(): void {
    this.#machines.filter = this.#line.value
  }

  targets(): readonly MachineRow[] {
    const { selected } = this.#machines.table
    return selected === undefined ? [] : [selected]
  }

  equivalent(): string {
    return 'rconsole ls'
  }

  async close(): Promise<void> {
    // Nothing of its own is open.
  }

  #clear(): void {
    this.#isTyping = false
    this.#line.value = ''
    this.#machines.filter = ''
  }

  #open(): void {
    const machine = this.#machines.table.selected
    if (machine !== undefined) this.#options.open(machine)
  }

  #click(line: number): void {
    const { table } = this.#machines
    if (line < 1) return
    if (table.isSelectedLine(line)) this.#open()
    else table.selectLine(line)
  }
}
