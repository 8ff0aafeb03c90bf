// The list of machines: which are shown, in what order, which are marked, and what is said of each.
import { type Filter, filterOf, isAboutLoad } from '../filter.ts'
import { chartsFor } from './chart.ts'
import type { Fleet, MachineRow, Sample } from './fleet.ts'
import { isThere, machineColumns } from './machine-columns.ts'
import { Marks } from './marks.ts'
import { explain } from './states.ts'
import type { Styles } from './style.ts'
import { type Column, keyOf, type Sort, sorted, Table } from './table.ts'
import type { Theme } from './theme.ts'

export interface MachinesOptions {
  readonly styles: Styles
  readonly theme: () => Theme
  readonly now: () => number
  /** The terminal's name: what its font has. */
  readonly term: string | undefined
  /** The rows may be others by now: paint. */
  readonly draw: () => void
}

/** Filtering and sorting ten thousand takes a while: never more often than this, whatever changes (ms). */
const REFRESH_MS = 1_000
/** What is known of machines out of view is asked again after this (ms). */
const SURVEY_MS = 60_000
const LOADS = ['cpu', 'last', 'mem', 'disk', 'up']
/** Shown without being asked for. */
const NOT_BY_DEFAULT = ['since']

export class Machines {
  readonly table: Table<MachineRow>
  readonly marks = new Marks()
  readonly columns: readonly Column<MachineRow>[]
  readonly #fleet: Fleet
  readonly #options: MachinesOptions
  #sort: Sort = { key: 'name', isDescending: false }
  #filter = ''
  #read: Filter = filterOf('', [])
  #isStale = true
  #refreshed = -Infinity
  #surveyed = -Infinity
  #timer: NodeJS.Timeout | undefined
  /** While the list is paused: what each row said when it was first painted. */
  #held: Map<string, readonly Sample[]> | undefined
  #machines: readonly MachineRow[] = []
  #online = 0

  constructor(fleet: Fleet, options: MachinesOptions) {
    const { styles, theme, now, term } = options
    this.#fleet = fleet
    this.#options = options
    const samples = (id: string): readonly Sample[] => this.#samples(id)
    this.columns = machineColumns({ charts: chartsFor(term), theme, now, samples })
    this.table = new Table({
      columns: this.columns.filter((column) => !NOT_BY_DEFAULT.includes(keyOf(column))),
      styles,
      theme,
      idOf: ({ id }) => id,
      sort: () => this.#sort,
      isMarked: ({ id }) => this.marks.has(id),
    })
  }

  get filter(): string {
    return this.#filter
  }

  set filter(filter: string) {
    this.#filter = filter
    this.#surveyed = -Infinity
    this.now()
  }

  get sort(): Sort {
    return this.#sort
  }

  set sort(sort: Sort) {
    this.#sort = sort
    this.#surveyed = -Infinity
    this.now()
  }

  /** Keys of the columns that are shown where there is room. */
  get shownKeys(): readonly string[] {
    return this.table.columns.map((column) => keyOf(column))
  }

  set shownKeys(keys: readonly string[]) {
    this.table.columns = this.columns.filter((column) => keys.includes(keyOf(column)))
  }

  get total(): number {
    return this.#machines.length
  }

  get online(): number {
    return this.#online
  }

  /** The marked machines, shown or not, else the selected one. */
  get meant(): readonly MachineRow[] {
    if (this.marks.size > 0) return this.#machines.filter(({ id }) => this.marks.has(id))
    return this.table.selected === undefined ? [] : [this.table.selected]
  }

  get isPaused(): boolean {
    return this.#held !== undefined
  }

  set isPaused(isPaused: boolean) {
    this.#held = isPaused ? new Map() : undefined
    this.now()
  }

  /** The column after the one it is sorted by, among those that are shown. */
  get nextSort(): string {
    const keys = this.shownKeys.filter((key) => key !== 'last')
    return keys[(keys.indexOf(this.#sort.key) + 1) % keys.length] ?? 'name'
  }

  /** Again by the same one: the other way round. Loads begin with the busiest. */
  sortBy(key: string): void {
    const isSame = this.#sort.key === key
    this.sort = { key, isDescending: isSame ? !this.#sort.isDescending : LOADS.includes(key) }
  }

  /** The fleet or a load changed: filter and sort before a frame, once, however many changes there were. */
  changed(): void {
    this.#isStale = true
  }

  /** What the operator does counts at once: the next key is meant for the list as it is then. */
  now(): void {
    this.#isStale = true
    this.#refreshed = -Infinity
    this.refresh()
  }

  /** Called before each frame. */
  refresh(): void {
    if (!this.#isStale) return
    const wait = this.#refreshed + REFRESH_MS - performance.now()
    if (wait > 0) {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined
        this.#options.draw()
      }, wait)
      return
    }
    this.#isStale = false
    this.#refreshed = performance.now()
    const machines = this.isPaused ? this.#machines : this.#fleet.machines
    this.#machines = machines
    this.#online = machines.filter(({ state }) => state === 'online').length
    this.marks.keep(machines)
    this.#read = filterOf(this.#filter, machines, this.#fleet.meanings)
    const isOneByOne = this.#sort.key !== 'name'
    const column = this.columns.find((one) => keyOf(one) === this.#sort.key)
    const named = this.columns[0]
    const shown = machines.filter((machine) => this.#read.test(machine, this.#load(machine)))
    const byName = named === undefined ? shown : sorted(shown, named, !isOneByOne && this.#sort.isDescending)
    this.table.show(
      isOneByOne && column !== undefined ? sorted(byName, column, this.#sort.isDescending) : byName,
    )
    this.#survey(machines)
  }

  /** One line about the list, or the selected machine's state in full. */
  note(): string {
    const [fault] = this.#read.faults
    if (fault !== undefined) return fault
    const { asking } = this.#fleet.vitals
    if (this.#isAsking && asking > 0) return `asking ${asking} more machines how busy they are …`
    if (this.table.rows.length === 0 && this.total > 0) return 'No machine matches. Esc clears the filter.'
    const machine = this.table.selected
    if (machine === undefined) return ''
    const more = [machine.policy && `policy ${machine.policy}`, machine.version].filter((word) => word !== '')
    return [explain(machine, this.#options.now()), ...more].join(' · ')
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  /** Filter or order need to know of machines that are out of view. */
  get #isAsking(): boolean {
    return this.#read.isAboutLoad || LOADS.includes(this.#sort.key)
  }

  #samples(id: string): readonly Sample[] {
    const held = this.#held?.get(id)
    if (held !== undefined) return held
    const samples = this.#fleet.vitals.of(id)
    this.#held?.set(id, samples)
    return samples
  }

  #load(machine: MachineRow): Sample | undefined {
    return isThere(machine) ? this.#samples(machine.id).at(-1) : undefined
  }

  /** Ask those that the words which they need not answer leave. */
  #survey(machines: readonly MachineRow[]): void {
    if (!this.#isAsking) {
      if (this.#fleet.vitals.asking > 0) this.#fleet.vitals.survey([])
      return
    }
    if (performance.now() - this.#surveyed < SURVEY_MS) return
    this.#surveyed = performance.now()
    const words = this.#filter.split(/\s+/).filter((word) => !isAboutLoad(word))
    const { test } = filterOf(words.join(' '), machines, this.#fleet.meanings)
    const asked = machines.filter((machine) => isThere(machine) && test(machine, undefined))
    this.#fleet.vitals.survey(asked.map(({ id }) => id))
  }
}
