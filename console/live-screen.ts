// A page of plain lines that is drawn again and again on a terminal, which is given back as it was.
import { type Io, write } from './io.ts'
import { setRaw, sizeOf } from './keyboard.ts'

/** Another screen, no cursor, no wrapping; and back. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l'
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l'
/** Several changes at once make one page (ms). */
const SETTLE_MS = 30

export class LiveScreen {
  readonly #io: Io
  readonly #lines: (size: { cols: number; rows: number }) => readonly string[]
  readonly #left = new AbortController()
  readonly #typed: (data: Buffer) => void
  readonly #changed = (): void => this.changed()
  #timer: NodeJS.Timeout | undefined

  /** `lines` are clean; those that the terminal has no room for are left out. */
  constructor(io: Io, lines: (size: { cols: number; rows: number }) => readonly string[]) {
    this.#io = io
    this.#lines = lines
    // Keys come raw, so Ctrl-C is a key as well.
    this.#typed = (data) => {
      if (data.includes('q') || data.includes(3)) this.#left.abort()
    }
    setRaw(io, true)
    io.stdin.on('data', this.#typed)
    io.stdout.on('resize', this.#changed)
    io.stdout.write(ENTER)
  }

  /** Aborted when the person typed q or Ctrl-C. */
  get left(): AbortSignal {
    return this.#left.signal
  }

  /** What the lines say is not what is shown. */
  changed(): void {
    this.#timer ??= setTimeout(() => this.#draw(), SETTLE_MS)
  }

  async close(): Promise<void> {
    const { stdin, stdout } = this.#io
    clearTimeout(this.#timer)
    stdin.off('data', this.#typed)
    stdout.off('resize', this.#changed)
    stdin.pause()
    setRaw(this.#io, false)
    await write(stdout, LEAVE)
  }

  #draw(): void {
    this.#timer = undefined
    const { stdout } = this.#io
    // A terminal that takes nothing shows the newest page once it does again.
    if (stdout.writableNeedDrain) {
      stdout.once('drain', this.#changed)
      return
    }
    const size = sizeOf(stdout)
    const lines = this.#lines(size).slice(0, size.rows)
    stdout.write(`\u001b[H${lines.map((line) => `${line}\u001b[K`).join('\r\n')}\u001b[J`)
  }
}
