// The tabs of one machine, and what they share: its charts, its facts, its processes.
import type { Charts } from '../chart.ts'
import type { MachineRow } from '../fleet.ts'
import type { Facts, Insides, Metrics, Process } from '../insides.ts'
import { isThere } from '../machine-columns.ts'
import { Info } from './info.ts'
import type { List, ListContext, Tab } from './list.ts'
import { filesystemList, processList, runList, serviceList, socketList } from './lists.ts'
import { Load } from './load.ts'
import { Overview } from './overview.ts'
import { Reader } from './reader.ts'

export interface TabsOptions extends Omit<ListContext, 'isThere'> {
  readonly charts: Charts
  readonly now: () => number
  readonly machine: () => MachineRow
  /** What charts span (ms). */
  readonly span: () => number
}

export class Tabs {
  /** In the order of their numbers. */
  readonly all: readonly Tab[]
  readonly processes: List<Process>
  readonly facts: Reader<Facts>
  #told: Facts | undefined

  constructor(insides: Insides, { styles, theme, draw, charts, now, machine, span }: TabsOptions) {
    const load = new Load()
    const isThereNow = (): boolean => isThere(machine())
    const context: ListContext = { styles, theme, draw, isThere: isThereNow }
    const metrics = new Reader<Metrics>({
      read: (signal) => insides.metrics(signal),
      take: (value) => load.take(value),
      changed: draw,
      isThere: isThereNow,
    })
    this.facts = new Reader<Facts>({
      read: (signal) => insides.facts(signal),
      take: (facts) => (this.#told = facts),
      changed: draw,
      isThere: isThereNow,
    })
    this.processes = processList(insides, context)
    const facts = (): Facts | undefined => this.#told
    const about = (): string => `agent ${machine().version} · policy ${machine().policy}`
    const { processes } = this
    this.all = [
      new Overview({ load, charts, processes, metrics, facts, span, about, styles, theme }),
      processes,
      filesystemList(insides, context),
      socketList(insides, context),
      serviceList(insides, context),
      new Info({
        machine,
        reader: this.facts,
        facts,
        runs: runList(insides, { ...context, now }),
        now,
        styles,
        theme,
      }),
    ]
  }

  /** Once is enough: they change with the hardware. */
  askFacts(): void {
    if (this.#told === undefined) this.facts.open()
  }
}
