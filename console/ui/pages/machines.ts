// The first page: the live list of machines, its filter, and what is marked in it.
import { paintFirstRun } from '../chrome.ts'
import { commandLine } from '../command-line.ts'
import type { Fleet, MachineRow } from '../fleet.ts'
import { Line } from '../line.ts'
import { Machines } from '../machines.ts'
import { definePage, joined, keyTable, type Page, type Press, type Ui } from '../page.ts'
import type { Canvas } from '../paint.ts'
import { keyOf } from '../table.ts'
import { ColumnsPage } from './columns.ts'

/** Rows of one turn of the wheel. */
const WHEEL = 3

export const MACHINES_KEYS = keyTable([
  { key: ['enter'], label: 'Enter', description: 'open it', command: 'open', footer: 'open' },
  { key: [' '], label: 'Space', description: 'mark it', command: 'mark', footer: 'mark' },
  { key: ['p'], label: 'p', description: 'its prompt', command: 'prompt' },
  { key: ['v'], label: 'v', description: 'mark a range; v ends it', command: 'range' },
  { key: ['a'], label: 'a', description: 'mark all that are shown', command: 'markAll' },
  { key: ['A'], label: 'A', description: 'mark none', command: 'markNone' },
  { key: ['*'], label: '*', description: 'mark the others instead', command: 'invert' },
  { key: ['/'], label: '/', description: 'filter', command: 'filter', footer: 'filter' },
  { key: ['escape'], label: 'Esc', description: 'clear marks, then filter', command: 'clear' },
  { key: ['o'], label: 'o', description: 'sort by the next column', command: 'sort' },
  { key: ['O'], label: 'O', description: 'the other way round', command: 'reverse' },
  { key: ['w'], label: 'w', description: 'choose columns', command: 'columns' },
  { key: ['z'], label: 'z', description: 'pause, or go on', command: 'pause' },
  { key: ['k', 'up'], label: 'k ↑', description: 'up', command: 'up' },
  { key: ['j', 'down'], label: 'j ↓', description: 'down', command: 'down' },
  { key: ['g', 'home'], label: 'g Home', description: 'first machine', command: 'top' },
  { key: ['G', 'end'], label: 'G End', description: 'last machine', command: 'bottom' },
  { key: ['pageup'], label: 'PgUp', description: 'a page up', command: 'pageUp' },
  { key: ['pagedown'], label: 'PgDn', description: 'a page down', command: 'pageDown' },
  { key: ['C-u'], label: 'Ctrl-U', description: 'half a page up', command: 'halfUp' },
  { key: ['C-d'], label: 'Ctrl-D', description: 'half a page down', command: 'halfDown' },
  { key: ['wheelup'], label: 'wheel', description: 'move', command: 'scrollUp' },
  { key: ['wheeldown'], label: 'wheel', description: 'move', command: 'scrollDown', visible: false },
  { key: ['click'], label: 'click', description: 'select, open; title: sort', command: 'select' },
  { key: ['H'], label: 'H', description: 'its history', command: 'history' },
])

export const FILTER_KEYS = keyTable([
  { key: ['enter'], label: 'Enter', description: 'keep it', command: 'keep', footer: 'keep' },
  { key: ['escape', 'C-c'], label: 'Esc', description: 'clear it', command: 'clear', footer: 'clear' },
])

/** What may be typed, while nothing has been. */
const EXAMPLES =
  ' such as  web  !old  env=prod  web-*  @odd  state=offline  name~^web  cpu>80  mem>90  disk>90'

export interface MachinesPageOptions {
  readonly fleet: Fleet
  /** The keys that are the same on every page with machines. */
  /** The keys that are the same on every page with machines. */
  readonly actions: (targets: () => readonly MachineRow[]) => Pick<Page, 'keys' | 'obey'>
  readonly term: string | undefined
  readonly open: (machine: MachineRow) => void
  readonly prompt: (machine: MachineRow) => void
  readonly history: (machines: readonly MachineRow[]) => void
}

export class MachinesPage implements Page {
  readonly #ui: Ui
  readonly #options: MachinesPageOptions
  readonly #machines: Machines
  readonly #line = new Line('/', EXAMPLES)
  readonly #unsubscribe: () => void
  #isTyping = false
  #isSeen = true
  /** The rows whose load is followed, as last asked for. */
  #watched = ''

  readonly #own = definePage(MACHINES_KEYS, {
    open: () => this.#with((machine) => this.#options.open(machine)),
    prompt: () => this.#with((machine) => this.#options.prompt(machine)),
    mark: () => this.#mark(),
    range: () => this.#with(({ id }) => this.#machines.marks.toggleRange(id)),
    markAll: () => this.#machines.marks.mark(this.#ids),
    markNone: () => this.#machines.marks.none(),
    invert: () => this.#machines.marks.invert(this.#ids),
    filter: () => (this.#isTyping = true),
    clear: () => this.#stepBack(),
    sort: () => this.#sortBy(this.#machines.nextSort),
    reverse: () => this.#sortBy(this.#machines.sort.key),
    columns: () => this.#ui.push(new ColumnsPage(this.#ui, this.#machines)),
    pause: () => (this.#machines.isPaused = !this.#machines.isPaused),
    up: () => this.#move(-1),
    down: () => this.#move(1),
    top: () => this.#move(-Infinity),
    bottom: () => this.#move(Infinity),
    pageUp: () => this.#move(-this.#machines.table.page),
    pageDown: () => this.#move(this.#machines.table.page),
    halfUp: () => this.#move(-Math.ceil(this.#machines.table.page / 2)),
    halfDown: () => this.#move(Math.ceil(this.#machines.table.page / 2)),
    scrollUp: () => this.#move(-WHEEL),
    scrollDown: () => this.#move(WHEEL),
    select: (press) => this.#click(press),
    history: () => this.#options.history(this.targets()),
  })
  readonly #list: Pick<Page, 'keys' | 'obey'>
  readonly #filter = definePage(FILTER_KEYS, {
    keep: () => (this.#isTyping = false),
    clear: () => this.#setFilter(''),
  })

  constructor(ui: Ui, options: MachinesPageOptions) {
    this.#ui = ui
    this.#options = options
    const { styles, now } = ui
    this.#machines = new Machines(options.fleet, {
      styles,
      now,
      theme: () => ui.theme,
      term: options.term,
      draw: () => ui.draw(),
    })
    const { sort = 'name', descending = false, columns } = ui.settings
    this.#machines.sort = { key: sort, isDescending: descending }
    if (columns !== undefined) this.#machines.shownKeys = columns
    this.#list = joined(
      this.#own,
      options.actions(() => this.targets()),
    )
    this.#unsubscribe = options.fleet.vitals.onChange(() => {
      this.#machines.changed()
      if (this.#isSeen && !this.#machines.isPaused) ui.draw()
    })
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

  targets(): readonly MachineRow[] {
    return this.#machines.meant
  }

  opened(): void {
    this.#isSeen = true
  }

  left(): void {
    this.#isSeen = false
    this.#watch([])
  }

  title(): { where: string; right: string } {
    this.#machines.refresh()
    const { filter, table, online, total, marks, isPaused } = this.#machines
    const { warning } = this.#options.fleet
    const words = [
      ...(isPaused ? ['paused'] : []),
      ...(marks.size > 0 ? [`${marks.size} marked`] : []),
      ...(filter === '' ? [] : [`${table.rows.length} shown`]),
      `${online} of ${total} online`,
    ]
    const where = filter === '' ? (warning === '' ? '' : `   ${warning}`) : ` › ${filter}`
    return { where: `machines${where}`, right: words.join(' · ') }
  }

  paint(canvas: Canvas): void {
    this.#machines.refresh()
    const { table, total } = this.#machines
    if (total === 0) paintFirstRun(canvas, this.#ui.styles, this.#options.fleet)
    else table.paint(canvas)
    if (this.#isSeen) this.#watch(table.inView.map(({ id }) => id))
  }

  note(): string {
    if (this.#isTyping) return ''
    if (this.#machines.marks.isRange) return 'Marking a range: move, then v. Esc gives it up.'
    return this.#machines.note()
  }

  obey(command: string, press: Press): void {
    if (this.#isTyping) this.#filter.obey(command, press)
    else this.#list.obey(command, press)
  }

  typed(): void {
    this.#machines.filter = this.#line.value
  }

  equivalent(): string {
    const words = this.#machines.filter.split(/\s+/).filter((word) => word !== '')
    return commandLine('ls', ...words)
  }

  async close(): Promise<void> {
    this.#unsubscribe()
    this.#machines.close()
  }

  /** These, and no others, are marked from now on. */
  mark(ids: readonly string[]): void {
    this.#machines.marks.none()
    this.#machines.marks.mark(ids)
  }

  get #ids(): string[] {
    return this.#machines.table.rows.map(({ id }) => id)
  }

  #watch(ids: readonly string[]): void {
    const asked = ids.join()
    if (asked === this.#watched) return
    this.#watched = asked
    this.#options.fleet.vitals.watch(ids)
  }

  #with(act: (machine: MachineRow) => void): void {
    const machine = this.#machines.table.selected
    if (machine !== undefined) act(machine)
  }

  #mark(): void {
    this.#with(({ id }) => this.#machines.marks.toggle(id))
    this.#move(1)
  }

  #move(by: number): void {
    const { table, marks } = this.#machines
    table.move(by)
    if (marks.isRange) marks.extend(this.#ids, table.at)
  }

  #sortBy(key: string): void {
    this.#machines.sortBy(key)
    const { sort } = this.#machines
    this.#ui.keep({ sort: sort.key, descending: sort.isDescending })
  }

  /** Esc: the range, then the marks, then the filter. */
  #stepBack(): void {
    if (!this.#machines.marks.clear()) this.#setFilter('')
  }

  #setFilter(filter: string): void {
    this.#isTyping = false
    this.#line.value = filter
    this.#machines.filter = filter
  }

  #click({ row, column }: Press): void {
    const { table } = this.#machines
    if (row === 0) {
      const title = table.columnAt(column)
      if (title !== undefined) this.#sortBy(keyOf(title))
    } else if (row > 0 && table.isSelectedLine(row)) this.#with((machine) => this.#options.open(machine))
    else if (row > 0) table.selectLine(row)
  }
}
