// A terminal without a screen: what a remote program has drawn, as cells. Loaded when the first shell is opened.
import type { IBufferCell, IBufferLine, Terminal } from '@xterm/headless'
import type { Size } from './remote.ts'

/** Lines that can be scrolled back to. */
const SCROLLBACK = 5_000
/** What may wait to be parsed before more is taken from the machine (bytes). */
const PENDING = 256 * 1024

export type { IBufferCell, IBufferLine }

export interface MouseReport {
  /** From 0, within the terminal. */
  readonly column: number
  readonly row: number
  /** 0 left, 1 middle, 2 right, 3 none, 4 the wheel. */
  readonly button: number
  /** 0 up (of the wheel, too), 1 down, 32 move. */
  readonly action: number
  readonly ctrl: boolean
  readonly alt: boolean
  readonly shift: boolean
}

export interface EmulatorEvents {
  /** An answer to what the program asked its terminal, or a report of the mouse that it wants. */
  readonly answer: (bytes: Uint8Array) => void
  readonly changed: () => void
}

/** The inside of @xterm/headless 6.0.0, where the published types have no door. */
interface Inside {
  isCursorHidden(): boolean
  report(event: object): void
}

export class Emulator {
  readonly #terminal: Terminal
  readonly #inside: Inside
  readonly #serialize: () => string
  /** Another terminal draws the same and answers for us. */
  isMuted = false
  #pending = 0
  #wake: (() => void) | undefined

  private constructor(terminal: Terminal, serialize: () => string, events: EmulatorEvents) {
    this.#terminal = terminal
    this.#inside = insideOf(terminal)
    this.#serialize = serialize
    const answer = (text: string, encoding: BufferEncoding): void => {
      if (!this.isMuted) events.answer(Buffer.from(text, encoding))
    }
    terminal.onData((text) => answer(text, 'utf8'))
    terminal.onBinary((text) => answer(text, 'latin1'))
    terminal.onWriteParsed(() => events.changed())
  }

  static async open({ cols, rows }: Size, events: EmulatorEvents): Promise<Emulator> {
    const [{ default: xterm }, { default: unicode11 }, { default: serialize }] = await Promise.all([
      import('@xterm/headless'),
      import('@xterm/addon-unicode11'),
      import('@xterm/addon-serialize'),
    ])
    const terminal = new xterm.Terminal({ cols, rows, scrollback: SCROLLBACK, allowProposedApi: true })
    terminal.loadAddon(new unicode11.Unicode11Addon())
    terminal.unicode.activeVersion = '11'
    const addon = new serialize.SerializeAddon()
    terminal.loadAddon(addon)
    return new Emulator(terminal, () => addon.serialize({ scrollback: 0 }), events)
  }

  get size(): Size {
    return { cols: this.#terminal.cols, rows: this.#terminal.rows }
  }

  /** Rows above the screen that can be scrolled back to. */
  get above(): number {
    return this.#terminal.buffer.active.baseY
  }

  /** All rows, those above included. */
  get length(): number {
    return this.#terminal.buffer.active.length
  }

  /** A full-screen program has the alternate screen, which has no rows above. */
  get isAlternate(): boolean {
    return this.#terminal.buffer.active.type === 'alternate'
  }

  get wantsMouse(): boolean {
    return this.#terminal.modes.mouseTrackingMode !== 'none'
  }

  get wantsPasteMarks(): boolean {
    return this.#terminal.modes.bracketedPasteMode
  }

  get hasApplicationKeys(): boolean {
    return this.#terminal.modes.applicationCursorKeysMode
  }

  /** Where the cursor is on the screen; undefined while it is hidden. */
  get cursor(): { readonly x: number; readonly y: number } | undefined {
    const { cursorX, cursorY } = this.#terminal.buffer.active
    return this.#inside.isCursorHidden() ? undefined : { x: cursorX, y: cursorY }
  }

  /** Row `y` of all rows. */
  line(y: number): IBufferLine | undefined {
    return this.#terminal.buffer.active.getLine(y)
  }

  /** Resolves when more may come. */
  async write(data: Uint8Array): Promise<void> {
    this.#pending += data.length
    this.#terminal.write(data, () => {
      this.#pending -= data.length
      if (this.#pending > PENDING) return
      this.#wake?.()
      this.#wake = undefined
    })
    if (this.#pending <= PENDING) return
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }

  /** Calls `then` when all that was written so far has been drawn, and nothing that is written later. */
  drawn(then: () => void): void {
    this.#terminal.write('', then)
  }

  /** How many rows above have been dropped since, at each call; everything counted from the first row has moved by it. */
  dropped(): () => number {
    const { active } = this.#terminal.buffer
    const marker = this.#terminal.registerMarker(0)
    const first = active.baseY + active.cursorY
    return () => (marker === undefined || marker.line < 0 ? first : first - marker.line)
  }

  resize({ cols, rows }: Size): void {
    if (cols !== this.#terminal.cols || rows !== this.#terminal.rows) this.#terminal.resize(cols, rows)
  }

  /** What draws the screen as it is, with its modes, on a terminal that is empty. */
  serialize(): string {
    return this.#serialize()
  }

  /** Tell the program of the mouse, the way it asked for. */
  mouse({ column, row, ...rest }: MouseReport): void {
    this.#inside.report({ ...rest, col: column, row, x: column, y: row })
  }

  close(): void {
    this.#terminal.dispose()
    this.#wake?.()
  }
}

/** @throws TypeError when this is not the version we know */
function insideOf(terminal: Terminal): Inside {
  const core = field(terminal, '_core')
  const coreService = field(core, 'coreService')
  const mouse = field(core, 'coreMouseService')
  const trigger = field(mouse, 'triggerMouseEvent')
  if (typeof field(coreService, 'isCursorHidden') !== 'boolean' || typeof trigger !== 'function')
    throw new TypeError('expected @xterm/headless 6.0.0')
  return {
    isCursorHidden: () => field(coreService, 'isCursorHidden') === true,
    report: (event) => void Reflect.apply(trigger, mouse, [event]),
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
