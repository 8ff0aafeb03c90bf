// One machine: what it does as charts, processes, filesystems, sockets, services, and what it is; each in a tab.
import { chartsFor } from '../chart.ts'
import { commandLine } from '../command-line.ts'
import type { Fleet, MachineRow } from '../fleet.ts'
import type { Insides, SignalWord } from '../insides.ts'
import { Line } from '../line.ts'
import { isThere } from '../machine-columns.ts'
import { MACHINE_FILTER_KEYS, MACHINE_KEYS } from '../machine/keys.ts'
import type { Tab } from '../machine/list.ts'
import { WINDOWS } from '../machine/load.ts'
import { Tabs } from '../machine/tabs.ts'
import { definePage, joined, type Page, type Press, type Ui } from '../page.ts'
import type { Canvas } from '../paint.ts'
import { clock, stateOf } from '../states.ts'

/** Rows of one turn of the wheel. */
const WHEEL = 3

export interface MachinePageOptions {
  readonly fleet: Fleet
  readonly machine: MachineRow
  readonly insides: Insides
  /** The keys that are the same on every page with machines. */
  readonly actions: (targets: () => readonly MachineRow[]) => Pick<Page, 'keys' | 'obey'>
  readonly term: string | undefined
  readonly prompt: (machine: MachineRow) => void
  readonly history: (machines: readonly MachineRow[]) => void
}

export class MachinePage implements Page {
  readonly #ui: Ui
  readonly #options: MachinePageOptions
  readonly #tabs: Tabs
  readonly #line = new Line('/')
  readonly #list: Pick<Page, 'keys' | 'obey'>
  readonly #unsubscribe: () => void
  #at = 0
  #span = 0
  #isTyping = false
  #isSeen = false
  #isPaused = false

  readonly #own = definePage(MACHINE_KEYS, {
    tab: ({ key }) => this.#goTo(Number(key) - 1),
    nextTab: () => this.#goTo(this.#at + 1),
    lastTab: () => this.#goTo(this.#at - 1),
    prompt: () => this.#options.prompt(this.#machine),
    termProcess: () => this.#signal('TERM'),
    killProcess: () => this.#signal('KILL'),
    filter: () => this.#startTyping(),
    clear: () => (this.#tab.list?.filter ? this.#setFilter('') : this.#ui.back()),
    sort: () => this.#tab.list?.sortByNext(),
    reverse: () => this.#tab.list?.turn(),
    again: () => this.#tab.again(),
    window: ({ key }) => this.#zoom(key === '+' ? 1 : -1),
    pause: () => this.#pause(),
    copy: () => this.#copy(),
    history: () => this.#options.history([this.#machine]),
    up: () => this.#move(-1),
    down: () => this.#move(1),
    top: () => this.#move(-Infinity),
    bottom: () => this.#move(Infinity),
    pageUp: () => this.#move(-(this.#tab.list?.page ?? 0)),
    pageDown: () => this.#move(this.#tab.list?.page ?? 0),
    scrollUp: () => this.#move(-WHEEL),
    scrollDown: () => this.#move(WHEEL),
    select: (press) => this.#click(press),
  })
  readonly #filter = definePage(MACHINE_FILTER_KEYS, {
    keep: () => (this.#isTyping = false),
    clear: () => this.#setFilter(''),
  })

  constructor(ui: Ui, options: MachinePageOptions) {
    this.#ui = ui
    this.#options = options
    const { insides, fleet } = options
    this.#tabs = new Tabs(insides, {
      styles: ui.styles,
      theme: () => ui.theme,
      now: ui.now,
      charts: chartsFor(options.term),
      machine: () => this.#machine,
      span: () => WINDOWS[this.#span] ?? WINDOWS[0],
      draw: () => {
        if (this.#isSeen) ui.draw()
      },
    })
    this.#list = joined(
      options.actions(() => this.targets()),
      this.#own,
    )
    this.#unsubscribe = fleet.onChange(() => {
      if (!this.#isSeen || this.#isPaused) return
      this.#tab.wake()
      this.#tabs.facts.wake()
    })
  }

  get where(): string {
    return this.#isTyping ? 'machineFilter' : 'machine'
  }

  get keys(): Page['keys'] {
    return this.#isTyping ? this.#filter.keys : this.#list.keys
  }

  get input(): Line | undefined {
    return this.#isTyping ? this.#line : undefined
  }

  targets(): readonly MachineRow[] {
    return [this.#machine]
  }

  opened(): void {
    this.#isSeen = true
    if (this.#isPaused) return
    this.#tabs.askFacts()
    this.#tab.open()
  }

  left(): void {
    this.#isSeen = false
    this.#tabs.facts.close()
    this.#tab.close()
  }

  title(): { where: string; right: string } {
    const { list } = this.#tab
    const filter = list?.filter ?? ''
    const minutes = (WINDOWS[this.#span] ?? 0) / 60_000
    const { state } = this.#machine
    const isFiltered = filter !== '' && list !== undefined
    const words = [
      ...(state === 'online' ? [] : [stateOf(this.#machine)]),
      ...(isFiltered ? [list.count] : []),
      ...(isThere(this.#machine) ? [this.#isPaused ? 'paused' : 'live'] : []),
      ...(this.#at === 0 && !isFiltered ? [`${minutes} min`] : []),
    ]
    return {
      where: ['machines', this.#machine.name, ...(filter === '' ? [] : [filter])].join(' › '),
      right: words.join(' · '),
    }
  }

  paint(canvas: Canvas): void {
    const { styles, theme } = this.#ui
    canvas.put({ x: 0, y: 0 }, '')
    for (const { x, width, index, text } of this.#places()) {
      const look = index === this.#at ? theme.selected : {}
      canvas.put({ x, y: 0, width, style: styles.of(look) }, text)
    }
    this.#tab.paint(canvas.part({ x: 0, y: 1, width: canvas.width, height: canvas.height - 1 }))
  }

  note(): string {
    if (!isThere(this.#machine))
      return `${this.#machine.name} is ${stateOf(this.#machine)} since ${clock(this.#machine.since, this.#ui.now())}: what is shown is what was last known.`
    return this.#tab.list === undefined ? '' : `${this.#tab.list.count} ${this.#tab.list.name.toLowerCase()}`
  }

  obey(command: string, press: Press): void {
    if (this.#isTyping) this.#filter.obey(command, press)
    else this.#list.obey(command, press)
  }

  whyNot(command: string): string | undefined {
    if (command !== 'termProcess' && command !== 'killProcess') return undefined
    if (this.#tab.list !== this.#tabs.processes) return 'Signals go to processes: tab 1 or 2.'
    return this.#tabs.processes.table.selected === undefined ? 'No process is selected.' : undefined
  }

  typed(): void {
    if (this.#tab.list !== undefined) this.#tab.list.filter = this.#line.value
  }

  equivalent(): string {
    const { name } = this.#machine
    return commandLine(WORDS[this.#at] ?? 'show', name)
  }

  async close(): Promise<void> {
    this.#unsubscribe()
    this.#tabs.facts.close()
    for (const tab of this.#tabs.all) tab.close()
  }

  /** As the fleet knows it now. */
  get #machine(): MachineRow {
    const { machine, fleet } = this.#options
    return fleet.machines.find(({ id }) => id === machine.id) ?? machine
  }

  get #tab(): Tab {
    return this.#tabs.all[this.#at] ?? this.#tabs.processes
  }

  /** Where the names of the tabs stand. */
  #places(): { x: number; width: number; index: number; text: string }[] {
    let x = 0
    return this.#tabs.all.map(({ name }, index) => {
      const text = ` ${index + 1} ${name} `
      const place = { x, width: text.length, index, text }
      x += text.length
      return place
    })
  }

  #goTo(at: number): void {
    const next = (at + this.#tabs.all.length) % this.#tabs.all.length
    if (next === this.#at) return
    this.#tab.close()
    this.#at = next
    this.#line.value = this.#tab.list?.filter ?? ''
    if (!this.#isPaused) this.#tab.open()
  }

  #move(by: number): void {
    this.#tab.list?.move(by)
  }

  #click({ row, column }: Press): void {
    if (row === 0) {
      const place = this.#places().find(({ x, width }) => column >= x && column < x + width)
      if (place !== undefined) this.#goTo(place.index)
    } else if (row > 0) this.#tab.clicked(row - 1, column)
  }

  #startTyping(): void {
    this.#line.value = this.#tab.list?.filter ?? ''
    this.#isTyping = true
  }

  #setFilter(filter: string): void {
    this.#isTyping = false
    this.#line.value = filter
    this.typed()
  }

  #zoom(by: number): void {
    this.#span = Math.max(0, Math.min(WINDOWS.length - 1, this.#span + by))
  }

  /** Nothing is asked while it is paused: what is shown stays. */
  #pause(): void {
    this.#isPaused = !this.#isPaused
    if (this.#isPaused) this.#tab.close()
    else this.#tab.open()
  }

  #copy(): void {
    const text = this.#tab.list?.selectedText ?? ''
    if (text === '') this.#ui.say('No row is selected.')
    else this.#ui.copy(text, text)
  }

  /** By its number and its start: another that has taken the number is not hit. */
  #signal(word: SignalWord): void {
    const process = this.#tabs.processes.table.selected
    if (process === undefined) return
    const { name } = this.#machine
    const what = `${process.pid} (${process.name}) of ${process.user} on ${name}`
    this.#ui.confirm({
      text: [`${word} to ${process.pid}`, `${word} goes to process ${what}.`, process.args ?? ''],
      typed: String(process.pid),
      confirmed: () => {
        this.#options.insides.signal(process, word).then(
          (told) => this.#ui.say(`${name}: ${word} sent to ${process.pid} (${told})`),
          (error: unknown) => this.#ui.fail(error),
        )
      },
    })
  }
}

/** The subcommand that shows what a tab shows. */
const WORDS = ['top', 'ps', 'disks', 'net', 'services', 'show']
