// What an operator does with the machines that are meant: shells and runs. Its keys are the same on every page with machines.
import { foldNames } from '../ranges.ts'
import type { MachineRow, UiOptions } from './fleet.ts'
import { definePage, keyTable, type Page, READ_ONLY, type Ui } from './page.ts'
import { CommandPage } from './run/command-page.ts'
import { RunPage } from './run/page.ts'
import type { LiveRun } from './run/runs.ts'
import { type RunRow, RunsPage } from './run/runs-page.ts'
import { ShellsPage } from './shell/page.ts'

export const WORK_KEYS = keyTable([
  { key: ['s'], label: 's', description: 'a shell there', command: 'shell', footer: 'shell', changes: true },
  { key: ['r'], label: 'r', description: 'run a line there', command: 'run', footer: 'run', changes: true },
  { key: ['J'], label: 'J', description: 'the runs', command: 'runs' },
])

/** Runs whose pages are kept; the oldest that is over goes for each new one. */
const MOST_PAGES = 50

interface WorkOptions {
  readonly options: UiOptions
  /** Make these the marked machines. */
  readonly mark: (ids: readonly string[]) => void
}

export class Work {
  readonly #ui: Ui
  readonly #options: UiOptions
  readonly #mark: WorkOptions['mark']
  readonly #shells: ShellsPage
  /** The newest first. */
  #pages: RunPage[] = []

  constructor(ui: Ui, { options, mark }: WorkOptions) {
    const { shells, fleet, prefix } = options
    this.#ui = ui
    this.#options = options
    this.#mark = mark
    this.#shells = new ShellsPage(ui, { shells, fleet, prefix })
  }

  /** The keys for a page whose actions mean `targets`. */
  keysFor(targets: () => readonly MachineRow[]): Pick<Page, 'keys' | 'obey'> {
    return definePage(WORK_KEYS, {
      shell: () => this.shell(targets()),
      run: () => this.run(targets()),
      runs: () => this.runs(),
    })
  }

  /** A shell on each of them; those that are open are shown. */
  shell(machines: readonly MachineRow[]): void {
    if (!this.#may('shell', machines)) return
    for (const machine of machines) this.#shells.show(machine)
    this.#ui.push(this.#shells)
  }

  /** Ask for a line to run on `machines`, which begins as `line`. */
  run(machines: LiveRun['machines'], line = ''): void {
    if (!this.#may('run', machines)) return
    const { runs } = this.#options
    const names = foldNames(machines.map(({ name }) => name)).join(' ')
    const history = runs.kept.map(({ command }) => command)
    const start = (typed: string): void => {
      this.#ui.back()
      this.#show(() =>
        runs.start(
          typed,
          machines.map(({ id }) => id),
        ),
      )
    }
    this.#ui.push(
      new CommandPage(this.#ui, { machines, names, line, history, askAbove: runs.askAbove, start }),
    )
  }

  runs(): void {
    const rows = (): RunRow[] => {
      const live = this.#pages.map(({ run }) => ({ ...keptOf(run), live: run }))
      const known = new Set(live.map(({ id }) => id))
      const before = this.#before.filter(({ id }) => !known.has(id))
      return [...live, ...before]
    }
    this.#before = this.#options.runs.kept.toReversed()
    this.#ui.push(new RunsPage(this.#ui, { rows, open: (row) => this.#open(row) }))
  }

  /** Runs go on without us; shells end. */
  async close(): Promise<void> {
    await Promise.all([this.#shells.close(), ...this.#pages.map((page) => page.close())])
  }

  /** Of before this UI, the newest first, as of when the list was opened. */
  #before: readonly RunRow[] = []

  #open(row: RunRow): void {
    const page = this.#pages.find(({ run }) => run.id === row.id)
    if (page === undefined) this.#show(() => this.#options.runs.follow(row))
    else this.#ui.push(page)
  }

  #show(begin: () => LiveRun): void {
    try {
      const page = new RunPage(this.#ui, {
        run: begin(),
        again: (machines, line) => this.run(machines, line),
        mark: (machines) => this.#mark(machines.map(({ id }) => id)),
        rows: (machines) => this.#rowsOf(machines),
      })
      this.#makeRoom()
      this.#pages.unshift(page)
      this.#ui.push(page)
    } catch (error) {
      this.#ui.fail(error)
    }
  }

  #makeRoom(): void {
    if (this.#pages.length < MOST_PAGES) return
    const over = this.#pages.findLast(({ run }) => run.isOver)
    if (over === undefined) return
    this.#pages = this.#pages.filter((page) => page !== over)
    over.close().catch((error: unknown) => this.#ui.fail(error))
  }

  #rowsOf(machines: LiveRun['machines']): MachineRow[] {
    const ids = new Set(machines.map(({ id }) => id))
    return this.#options.fleet.machines.filter(({ id }) => ids.has(id))
  }

  #may(word: string, machines: readonly unknown[]): boolean {
    if (this.#ui.isReadOnly) this.#ui.say(READ_ONLY)
    else if (machines.length === 0) this.#ui.say(`${word}: no machine is selected.`)
    else return true
    return false
  }
}

function keptOf({ id, command, at, machines }: LiveRun): RunRow {
  return { id, command, at, machines }
}
