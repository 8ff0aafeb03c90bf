// The list of machines: which are shown, in what order, and what is said of each.
import type { Fleet, MachineRow } from './fleet.ts'
import { clock, explain, lookOf, stateOf } from './states.ts'
import type { Styles } from './style.ts'
import { type Column, Table } from './table.ts'
import type { Theme } from './theme.ts'

export interface MachinesLooks {
  readonly styles: Styles
  readonly theme: () => Theme
  readonly now: () => number
}

export class Machines {
  readonly table: Table<MachineRow>
  readonly #fleet: Fleet
  #filter = ''
  #isStale = true

  constructor(fleet: Fleet, { styles, now, theme }: MachinesLooks) {
    this.#fleet = fleet
    this.table = new Table({ columns: columnsOf(now, theme), styles, idOf: (machine) => machine.id })
  }

  get filter(): string {
    return this.#filter
  }

  set filter(filter: string) {
    this.#filter = filter
    this.#isStale = true
  }

  get total(): number {
    return this.#fleet.machines.length
  }

  get online(): number {
    return this.#fleet.machines.filter((machine) => machine.state === 'online').length
  }

  /** The fleet changed: filter and sort before the next frame, once, however many changes there were. */
  changed(): void {
    this.#isStale = true
  }

  refresh(): void {
    if (!this.#isStale) return
    this.#isStale = false
    const words = this.#filter
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '')
    const shown = this.#fleet.machines.filter((machine) => words.every((word) => matches(machine, word)))
    this.table.show(shown.toSorted(byName))
  }

  /** The selected machine's state in full. */
  explained(now: number): string {
    const machine = this.table.selected
    return machine === undefined ? '' : explain(machine, now)
  }
}

function columnsOf(now: () => number, theme: () => Theme): Column<MachineRow>[] {
  return [
    { title: 'NAME', width: 12, grows: true, text: (machine) => machine.name },
    { title: 'STATE', width: 17, text: stateOf, look: (machine) => lookOf(machine.state, theme()) },
    { title: 'SINCE', width: 6, text: (machine) => clock(machine.since, now()) },
    { title: 'OS', width: 11, text: (machine) => machine.os },
    { title: 'LABELS', width: 9, grows: true, text: (machine) => labelsOf(machine) },
    { title: 'POLICY', width: 8, text: (machine) => machine.policy },
    { title: 'VERSION', width: 7, text: (machine) => machine.version },
  ]
}

function labelsOf(machine: MachineRow): string {
  return Object.entries(machine.labels)
    .map(([key, value]) => (value === '' ? key : `${key}=${value}`))
    .join(',')
}

/** All the words must be found somewhere in the row; `!word` must not. */
function matches(machine: MachineRow, word: string): boolean {
  const text = [
    machine.name,
    stateOf(machine),
    machine.os,
    labelsOf(machine),
    machine.policy,
    machine.version,
  ]
  const isWithout = word.startsWith('!')
  const wanted = isWithout ? word.slice(1) : word
  return text.join(' ').toLowerCase().includes(wanted) !== isWithout || wanted === ''
}

function byName(one: MachineRow, other: MachineRow): number {
  if (one.name !== other.name) return one.name < other.name ? -1 : 1
  return one.id < other.id ? -1 : 1
}
