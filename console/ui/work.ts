// What an operator does with the machines that are meant: shells on them. Its keys are the same on every page with machines.
import type { MachineRow, UiOptions } from './fleet.ts'
import { definePage, keyTable, type Page, READ_ONLY, type Ui } from './page.ts'
import { ShellsPage } from './shell/page.ts'

export const WORK_KEYS = keyTable([
  { key: ['s'], label: 's', description: 'a shell there', command: 'shell', footer: 'shell', changes: true },
])

export class Work {
  readonly #ui: Ui
  readonly #shells: ShellsPage

  constructor(ui: Ui, options: UiOptions) {
    const { shells, fleet, prefix } = options
    this.#ui = ui
    this.#shells = new ShellsPage(ui, { shells, fleet, prefix })
  }

  /** The keys for a page whose actions mean `targets`. */
  keysFor(targets: () => readonly MachineRow[]): Pick<Page, 'keys' | 'obey'> {
    return definePage(WORK_KEYS, { shell: () => this.shell(targets()) })
  }

  /** A shell on each of them; those that are open are shown. */
  shell(machines: readonly MachineRow[]): void {
    if (this.#ui.isReadOnly) this.#ui.say(READ_ONLY)
    else if (machines.length === 0) this.#ui.say('shell: no machine is selected.')
    else {
      for (const machine of machines) this.#shells.show(machine)
      this.#ui.push(this.#shells)
    }
  }

  async close(): Promise<void> {
    await this.#shells.close()
  }
}
