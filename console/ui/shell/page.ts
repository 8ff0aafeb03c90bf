// The shells: one is seen, the others are in tabs; the keyboard is the shell's, but for what comes after the prefix.
import type { Prefix } from '../../prefix.ts'
import type { Fleet } from '../fleet.ts'
import type { Line } from '../line.ts'
import { definePage, entryFor, type Page, type Press, type Ui } from '../page.ts'
import type { Canvas } from '../paint.ts'
import { paintPane } from './cells.ts'
import { keyFor, mouseOf, wheelKeys } from './keyboard.ts'
import { labelled, PREFIXED, SHELL_KEYS } from './keys.ts'
import { Reader } from './reader.ts'
import type { Shells, Size } from './remote.ts'
import type { Shell } from './shell.ts'
import { Tabs } from './tabs.ts'
import { lendWhole } from './whole.ts'

/** Rows of one turn of the wheel. */
const WHEEL = 3

export interface ShellsOptions {
  readonly shells: Shells
  readonly fleet: Fleet
  readonly prefix: Prefix | undefined
}

export class ShellsPage implements Page {
  readonly isKept = true
  readonly #ui: Ui
  readonly #options: ShellsOptions
  readonly #prefix: Prefix
  readonly #tabs: Tabs
  readonly #reader: Reader
  #isPrefixed = false
  /** What is typed goes to all. */
  #isMany = false
  /** Gives the terminal back to the UI. */
  #reclaim: (() => void) | undefined
  /** Where the terminal is on the screen, as of the last frame. */
  #pane = { top: 1, left: 0, cols: 80, rows: 21 }

  readonly #shell = definePage(SHELL_KEYS, {
    new: () => this.#open(this.#tabs.current?.machine),
    tab: ({ key }) => this.#tabs.select(Number(key.slice(PREFIXED.length)) - 1),
    full: () => this.#lend(),
    scroll: () => this.#reader.begin(),
    search: () => this.#reader.search(),
    many: () => this.#typeToMany(),
    end: () => this.#end(),
    leave: () => this.#ui.back(),
    self: () => this.#type(Uint8Array.of(this.#prefix.byte)),
    again: () => this.#tabs.again(this.#size),
  })

  constructor(ui: Ui, options: ShellsOptions) {
    this.#ui = ui
    this.#options = options
    this.#prefix = options.prefix ?? { byte: 0x1d, label: 'Ctrl-]' }
    const { columns, rows } = ui.screen
    this.#pane = { top: 1, left: 0, cols: columns, rows: Math.max(1, rows - 3) }
    this.#tabs = new Tabs({
      shells: options.shells,
      changed: () => ui.draw(),
      filled: (isFull) => ui.screen.hold(isFull),
      over: (shell) => this.#over(shell),
    })
    this.#reader = new Reader(ui, this.#tabs)
  }

  get where(): string {
    return this.#reader.where ?? 'shell'
  }

  get keys(): Page['keys'] {
    if (this.#reader.where !== undefined) return this.#reader.keys
    return labelled(SHELL_KEYS, this.#prefix.label)
  }

  get input(): Line | undefined {
    return this.#reader.input
  }

  get raw(): ((bytes: Uint8Array) => void) | undefined {
    return this.#reader.where === undefined ? this.#onKey : undefined
  }

  /** Show the shell on `machine`; open it if there is none. */
  show(machine: Shell['machine']): void {
    this.#try(() => this.#tabs.show(machine, this.#size))
  }

  title(): { where: string; right: string } {
    const { words, machine } = this.#tabs.current ?? {}
    const right = words ?? (this.#options.fleet.relay.up ? 'sealed end to end' : 'no connection')
    return { where: `machines › ${machine?.name ?? ''} › shell`, right }
  }

  paint(canvas: Canvas): void {
    const { styles } = this.#ui
    const pane = this.#isMany
      ? canvas.part({ x: 1, y: 1, width: canvas.width - 2, height: canvas.height - 2 })
      : canvas
    if (this.#isMany) this.#paintLoudly(canvas)
    this.#pane = { top: pane.top, left: this.#isMany ? 1 : 0, cols: pane.width, rows: pane.height }
    const shell = this.#tabs.current
    const emulator = shell?.emulator
    if (shell === undefined || emulator === undefined) {
      for (let y = 0; y < pane.height; y++) pane.put({ x: 0, y }, '')
      return
    }
    shell.fit(this.#size)
    shell.hasNews = false
    const { reading } = shell
    paintPane(pane, styles, {
      emulator,
      top: reading?.top ?? emulator.above,
      marked: reading?.marked,
      hasCursor: reading === undefined && shell.words === undefined,
    })
  }

  note(): string {
    const shell = this.#tabs.current
    const { label } = this.#prefix
    if (this.#isPrefixed) return `${label} …`
    if (this.#isMany) return `WHAT YOU TYPE GOES TO ${this.#tabs.living.length} SHELLS; ${label} t stops it`
    if (shell === undefined) return ''
    if (shell.reading !== undefined) return this.#reader.note
    if (shell.words !== undefined) return `${shell.words}   Enter opens it again, ${label} x closes the tab`
    if (!this.#options.fleet.relay.up) return 'no connection: the same shell comes back; what you type waits'
    return this.#tabs.line(this.#ui.screen.columns - 2)
  }

  obey(command: string, press: Press): void {
    if (this.#reader.where === undefined) this.#shell.obey(command, press)
    else this.#reader.obey(command, press)
  }

  paste(text: string): void {
    if (this.#reader.where === undefined) for (const shell of this.#typedInto) shell.paste(text)
    else this.#reader.input?.insert(text)
  }

  equivalent(): string {
    const { machine } = this.#tabs.current ?? {}
    return machine === undefined ? '' : `rconsole shell ${machine.name}`
  }

  left(): void {
    this.#isMany = false
    this.#isPrefixed = false
  }

  async close(): Promise<void> {
    this.#reclaim?.()
    await this.#tabs.close()
  }

  get #size(): Size {
    return { cols: this.#pane.cols, rows: this.#pane.rows }
  }

  get #typedInto(): readonly Shell[] {
    const { current, living } = this.#tabs
    if (this.#isMany) return living
    return current === undefined ? [] : [current]
  }

  /** One key, or one report of the mouse, as the terminal sent it. */
  #onKey = (bytes: Uint8Array): void => {
    this.#ui.draw()
    if (this.#isPrefixed) {
      this.#isPrefixed = false
      this.#afterPrefix(bytes)
    } else if (bytes.length === 1 && bytes[0] === this.#prefix.byte) {
      this.#isPrefixed = true
    } else if (mouseOf(bytes) === undefined) {
      this.#type(bytes)
    } else this.#onMouse(bytes)
  }

  #afterPrefix(bytes: Uint8Array): void {
    const key = bytes[0] === this.#prefix.byte ? 'prefix' : Buffer.from(bytes).toString()
    const entry = entryFor(SHELL_KEYS, PREFIXED + key)
    if (entry === undefined) this.#ui.say(`no key of ours follows ${this.#prefix.label} like that`)
    else this.#shell.obey(entry.command, { key: PREFIXED + key, row: -1, column: -1 })
  }

  #type(bytes: Uint8Array): void {
    const { current } = this.#tabs
    if (current?.words !== undefined && !this.#isMany) {
      if (Buffer.from(bytes).toString() === '\r') this.#tabs.again(this.#size)
      return
    }
    for (const shell of this.#typedInto) shell.type(keyFor(shell.emulator, bytes))
  }

  /** To the program if it wants it; else the wheel reads back, or is what it is to a full-screen program. */
  #onMouse(bytes: Uint8Array): void {
    const report = mouseOf(bytes)
    const shell = this.#tabs.current
    const emulator = shell?.emulator
    if (report === undefined || shell === undefined || emulator === undefined) return
    const by = report.action === 0 ? -WHEEL : WHEEL
    if (emulator.wantsMouse) {
      const { top, left } = this.#pane
      emulator.mouse({ ...report, row: report.row - top, column: report.column - left })
    } else if (report.button === 4) {
      if (emulator.isAlternate) shell.type(wheelKeys(emulator, by))
      else if (by < 0) this.#reader.wheel(by)
    }
  }

  #open(machine: Shell['machine'] | undefined): void {
    if (machine !== undefined) this.#try(() => this.#tabs.open(machine, this.#size))
  }

  #try(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#ui.fail(error)
    }
  }

  #end(): void {
    this.#tabs.end().catch((error: unknown) => this.#ui.fail(error))
    if (this.#tabs.all.length === 0) this.#ui.back()
  }

  #over(shell: Shell): void {
    if (shell === this.#tabs.current) this.#reclaim?.()
    if (this.#tabs.living.length < 2) this.#isMany = false
  }

  #typeToMany(): void {
    const { living } = this.#tabs
    if (this.#isMany || living.length < 2) {
      if (!this.#isMany) this.#ui.say('Only one shell is open: there are no others to type into.')
      this.#isMany = false
      return
    }
    const names = living.map(({ machine }) => machine.name).join(' ')
    this.#ui.confirm({
      text: [`From now on every key goes to ${living.length} shells:`, names],
      typed: String(living.length),
      confirmed: () => {
        this.#isMany = true
      },
    })
  }

  #paintLoudly(canvas: Canvas): void {
    const style = this.#ui.styles.of({ ...this.#ui.theme.bad, inverse: true })
    const text = ` TYPING TO ${this.#tabs.living.length} SHELLS `
    const line = text.repeat(Math.ceil(canvas.width / text.length)).slice(0, canvas.width)
    for (let y = 0; y < canvas.height; y++) {
      const isEdge = y === 0 || y === canvas.height - 1
      canvas.put({ x: 0, y, style, width: isEdge ? canvas.width : 1 }, isEdge ? line : '!')
      if (!isEdge) canvas.put({ x: canvas.width - 1, y, style, width: 1 }, '!')
    }
  }

  /** The whole terminal, until a key after the prefix says otherwise. */
  #lend(): void {
    const { screen } = this.#ui
    const shell = this.#tabs.current
    if (shell?.emulator === undefined || shell.words !== undefined || this.#isMany) return
    this.#reclaim = lendWhole(screen, shell, this.#prefix, (key) => {
      if (key === this.#prefix.byte) this.#type(Uint8Array.of(key))
      else this.#leaveWhole(key)
      return this.#reclaim !== undefined
    })
  }

  #leaveWhole(key: number): void {
    const name = String.fromCharCode(key)
    if (entryFor(SHELL_KEYS, PREFIXED + name) === undefined) return
    this.#reclaim?.()
    this.#reclaim = undefined
    if (name !== 'f') this.#afterPrefix(Uint8Array.of(key))
    if (name >= '1' && name <= '9') this.#lend()
  }
}
