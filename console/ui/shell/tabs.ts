// The shells that are open, in their tabs.
import type { Shells, Size } from './remote.ts'
import { Shell } from './shell.ts'

/** Each keeps its screen and its scrollback: some MB. */
const MOST = 32

export interface TabsOptions {
  readonly shells: Shells
  readonly changed: () => void
  /** Whether typing has to wait for some shell. */
  readonly filled: (isFull: boolean) => void
  readonly over: (shell: Shell) => void
}

export class Tabs {
  readonly #options: TabsOptions
  #shells: Shell[] = []
  #at = 0

  constructor(options: TabsOptions) {
    this.#options = options
  }

  get all(): readonly Shell[] {
    return this.#shells
  }

  get current(): Shell | undefined {
    return this.#shells[this.#at]
  }

  /** The shells whose programs run. */
  get living(): Shell[] {
    return this.#shells.filter(({ words }) => words === undefined)
  }

  /** All of them in a line; the first ones go where they are more than `width` columns. */
  line(width: number): string {
    const words = this.#shells.map(({ machine, hasNews, words }, at) => {
      const name = `${at + 1} ${machine.name}${words === undefined ? '' : ' †'}`
      return at === this.#at ? `[${name}]` : `${name}${hasNews ? '*' : ''}`
    })
    let first = 0
    while (first < this.#at && words.slice(first, this.#at + 1).join('  ').length > width) first += 1
    return words.slice(first).join('  ')
  }

  /** Select the living shell on `machine`, or open one. @throws when there are too many */
  show(machine: Shell['machine'], size: Size): void {
    const known = this.#shells.findIndex(
      (shell) => shell.machine.id === machine.id && shell.words === undefined,
    )
    if (known < 0) this.open(machine, size)
    else this.select(known)
  }

  /** @throws when there are too many */
  open(machine: Shell['machine'], size: Size): void {
    if (this.#shells.length >= MOST) throw new Error(`${MOST} shells are open: end one first`)
    this.#shells.push(this.#start(machine, size))
    this.select(this.#shells.length - 1)
  }

  /** The same machine in the same tab, after an end. */
  again(size: Size): void {
    const ended = this.current
    if (ended?.words === undefined) return
    this.#shells[this.#at] = this.#start(ended.machine, size)
    void ended.close()
  }

  select(at: number): void {
    if (this.#shells[at] !== undefined) this.#at = at
  }

  /** End the current one; its tab goes. */
  async end(): Promise<void> {
    const [shell] = this.#shells.splice(this.#at, 1)
    this.#at = Math.max(0, Math.min(this.#at, this.#shells.length - 1))
    await shell?.close()
  }

  async close(): Promise<void> {
    await Promise.all(this.#shells.map((shell) => shell.close()))
  }

  #start(machine: Shell['machine'], size: Size): Shell {
    const { shells, changed, over } = this.#options
    const filled = (): void => this.#options.filled(this.#shells.some(({ isFull }) => isFull))
    return new Shell({ shells, machine, size, changed, filled, over })
  }
}
