// The terminal as the UI has it: opened, left for a while, restored; painted by us, with keys, mouse and pastes coming in.
import type { Writable } from 'node:stream'
import { RconsoleError } from '../../protocol/errors.ts'
import { RESTORE } from '../terminal-modes.ts'
import {
  type BlessedKey,
  type BlessedMouse,
  type BlessedScreen,
  createScreen,
  type Layout,
} from './blessed.ts'
import { difference } from './differ.ts'
import { Frames } from './frames.ts'
import type { Canvas } from './paint.ts'
import { watchSignals } from './signals.ts'
import { Styles } from './style.ts'
import { Tty, type TtyInput } from './tty.ts'
import { createView, type View } from './view.ts'

export type TtyOutput = Writable & { isTTY?: boolean; columns?: number; rows?: number }

export interface ScreenEvents {
  /** `j`, `G`, `/`, `enter`, `escape`, `pageup`, `C-c`, `wheelup`, `click`; row and column are the mouse's, else -1. */
  readonly key: (name: string, row: number, column: number) => void
  readonly text: (text: string) => void
  readonly paste: (text: string) => void
  /** Who takes the bytes of the keyboard as they are, just now. */
  readonly raw: () => ((bytes: Uint8Array) => void) | undefined
  /** Called before each frame: the last chance to hide and show views. */
  readonly arrange: () => void
  /** A signal or the loss of the terminal ends the program with this status. */
  readonly end: (status: number) => void
}

/** Who has the whole terminal for a while. */
export interface Borrower {
  /** What is typed, as it comes. */
  readonly bytes: (bytes: Uint8Array) => void
  readonly resized: (size: { cols: number; rows: number }) => void
}

export interface ScreenOptions extends ScreenEvents {
  readonly stdin: TtyInput
  readonly stdout: TtyOutput
  readonly env: NodeJS.ProcessEnv
  /** Stop this process as Ctrl-Z does. */
  readonly stop: () => void
}

/** The smallest screen that the UI is drawn on. */
export const SMALLEST = { columns: 60, rows: 12 } as const

/** No automatic line wrap (a wide character in the last corner would scroll), and pastes marked as such. */
const ENTER = '\x1b[?7l\x1b[?2004h'
/** Modes only: nothing here may move the cursor, or the text that follows is written over the user's. */
const LEAVE = '\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[m'
/** Presses and drags only, in the encoding that has no last column. */
const MOUSE = { vt200Mouse: true, cellMotion: true, sgrMouse: true }
/** After a stop that the system refused (no shell to return to) the screen comes back by itself (ms). */
const STOPPED_MS = 200

export class Screen {
  readonly styles: Styles
  readonly #options: ScreenOptions
  readonly #tty: Tty
  readonly #blessed: BlessedScreen
  readonly #frames: Frames
  readonly #unwatch: () => void
  #isAway = false
  #borrower: Borrower | undefined
  #isClosed = false
  #timer: NodeJS.Timeout | undefined

  /** @throws USAGE when there is no terminal that can show it */
  constructor(options: ScreenOptions) {
    const { stdin, stdout, env } = options
    checkTerminal(options)
    this.#options = options
    this.styles = new Styles((env['NO_COLOR'] ?? '') === '')
    this.#tty = new Tty(stdin, {
      text: options.text,
      paste: options.paste,
      raw: options.raw,
      end: this.#onHangup,
    })
    this.#blessed = createScreen(this.#tty.keys, stdout, env['TERM'] === 'linux' ? 'linux' : 'xterm-256color')
    this.#blessed.draw = () => this.#write(difference(this.#blessed.lines, this.#blessed.olines, this.styles))
    this.#frames = new Frames(stdout, () => this.#render())
    this.#blessed.on('prerender', options.arrange)
    this.#blessed.program.on('keypress', this.#onKey)
    this.#blessed.program.on('mouse', this.#onMouse)
    this.#enableModes()
    stdout.on('error', this.#onHangup)
    this.#unwatch = watchSignals({
      end: options.end,
      resumed: () => this.#resume(),
      crashed: () => void this.close(),
    })
  }

  get columns(): number {
    return this.#blessed.width
  }

  get rows(): number {
    return this.#blessed.height
  }

  get isTooSmall(): boolean {
    return this.columns < SMALLEST.columns || this.rows < SMALLEST.rows
  }

  view(layout: Layout, paint: (canvas: Canvas) => void): View {
    return createView(this.#blessed, layout, paint)
  }

  /** Something changed: paint soon. */
  draw(): void {
    if (!this.#isAway) this.#frames.request()
  }

  /** Paint everything anew, whatever the terminal shows. */
  redraw(): void {
    this.#blessed.alloc(true)
    this.draw()
  }

  /** Ctrl-Z: give the terminal back, stop, and come back with SIGCONT. */
  suspend(): void {
    if (this.#isAway) return
    this.#isAway = true
    void this.#leave()
    this.#timer = setTimeout(() => this.#resume(), STOPPED_MS)
    this.#options.stop()
  }

  /** Leave the terminal as it is to `borrower`, who writes to it with `write`. */
  lend(borrower: Borrower): void {
    if (this.#isAway) return
    this.#isAway = true
    this.#borrower = borrower
    this.#blessed.leave()
    this.#blessed.program.flush()
    this.#options.stdout.write(LEAVE)
    this.#options.stdout.on('resize', this.#onLentResize)
    this.#tty.divert(borrower.bytes)
  }

  /** What was lent is ours again, whatever modes the borrower has left on. */
  reclaim(): void {
    if (this.#borrower === undefined) return
    this.#unlend()
    this.#resume()
  }

  /** Straight to the terminal; resolves when it has been taken. */
  write(data: Uint8Array | string): Promise<void> {
    return new Promise((resolve) => {
      // A terminal that is gone ends the program by its own event.
      this.#options.stdout.write(data, () => resolve())
    })
  }

  /** Read no more of what is typed for now: whoever should get it has too much of it. */
  hold(isHeld: boolean): void {
    this.#tty.hold(isHeld)
  }

  /** Restore the terminal; resolves when it has got the last byte. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#unwatch()
    this.#frames.close()
    this.#options.stdout.off('error', this.#onHangup)
    this.#options.stdout.on('error', ignoreLateError)
    this.#unlend()
    const left = this.#isAway ? undefined : this.#leave()
    this.#tty.close()
    this.#blessed.destroy()
    await left
  }

  #unlend(): void {
    if (this.#borrower === undefined) return
    this.#borrower = undefined
    this.#options.stdout.off('resize', this.#onLentResize)
    this.#tty.divert(undefined)
    this.#options.stdout.write(RESTORE)
  }

  #onLentResize = (): void => {
    const { columns: cols = 80, rows = 24 } = this.#options.stdout
    this.#borrower?.resized({ cols, rows })
  }

  #leave(): Promise<void> {
    this.#blessed.leave()
    this.#tty.setRaw(false)
    return new Promise((resolve) => {
      this.#options.stdout.write(LEAVE, () => resolve())
    })
  }

  #resume(): void {
    clearTimeout(this.#timer)
    if (this.#isClosed) return
    // Off first: the shell has changed the terminal behind the back of Node, which believes it is still raw.
    this.#tty.setRaw(false)
    this.#tty.setRaw(true)
    if (this.#borrower !== undefined) return
    if (this.#isAway) this.#blessed.enter()
    this.#isAway = false
    this.#enableModes()
    this.redraw()
  }

  #enableModes(): void {
    this.#blessed.program.flush()
    this.#options.stdout.write(ENTER)
    this.#blessed.program.setMouse(MOUSE, true)
  }

  /** A frame that was asked for before the terminal went to somebody else is not painted any more. */
  #render(): void {
    if (!this.#isAway) this.#blessed.render()
  }

  /** One write a frame, shown at once by terminals that know synchronized updates. */
  #write(frame: string): void {
    if (this.#isAway || frame === '') return
    this.#blessed.program.flush()
    this.#options.stdout.write(`\x1b[?2026h${frame}\x1b[?2026l`)
  }

  #onKey = (character: string | undefined, key: BlessedKey): void => {
    const name = keyName(character, key)
    if (name !== undefined) this.#options.key(name, -1, -1)
  }

  #onMouse = ({ action, x, y }: BlessedMouse): void => {
    const name = action === 'mousedown' ? 'click' : action
    if (name === 'click' || name.startsWith('wheel')) this.#options.key(name, y, x)
  }

  #onHangup = (): void => this.#options.end(129)
}

/** @throws USAGE when there is no terminal, or one that cannot be drawn on */
export function checkTerminal({ stdin, stdout, env }: Pick<ScreenOptions, 'stdin' | 'stdout' | 'env'>): void {
  const term = env['TERM'] ?? ''
  if (stdin.isTTY === true && stdout.isTTY === true && term !== 'dumb' && term !== '') return
  const why = term === 'dumb' || term === '' ? `TERM is '${term}'` : 'this is not a terminal'
  throw new RconsoleError('USAGE', `${why}: use the subcommands, such as 'rconsole ls'; see rconsole help`)
}

/** Printable characters name themselves; undefined for the second event that blessed makes of Enter. */
function keyName(character: string | undefined, key: BlessedKey): string | undefined {
  if (key.name === 'return') return undefined
  if (key.name === 'escape') return 'escape'
  if (
    character !== undefined &&
    character >= ' ' &&
    character <= '~' &&
    key.ctrl !== true &&
    key.meta !== true
  ) {
    return character
  }
  return key.full
}

/** The terminal went away while we restored it: there is nobody to tell. */
function ignoreLateError(): void {
  return undefined
}
