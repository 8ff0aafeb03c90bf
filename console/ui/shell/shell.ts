// One shell on a machine: its program at the far end, its terminal here; it lives on while another tab is seen.
import { Emulator } from './emulator.ts'
import { Feed } from './feed.ts'
import { Reading } from './reading.ts'
import type { Shells, Size } from './remote.ts'

/** The shortest time between two sizes (ms). */
const RESIZE_MS = 50
/** What a terminal puts around a paste. */
const PASTE = ['\x1b[200~', '\x1b[201~'] as const

export interface ShellOptions {
  readonly shells: Shells
  readonly machine: { readonly id: string; readonly name: string }
  readonly size: Size
  /** Something to paint. */
  readonly changed: () => void
  /** Typing has to wait, or may go on. */
  readonly filled: () => void
  /** The program has ended. */
  readonly over: (shell: Shell) => void
}

export class Shell {
  readonly machine: { readonly id: string; readonly name: string }
  readonly #options: ShellOptions
  readonly #feed: Feed
  readonly #controller = new AbortController()
  #emulator: Emulator | undefined
  #reading: Reading | undefined
  #words: string | undefined
  /** Printed something since it was last seen. */
  hasNews = false
  #size: Size
  #timer: NodeJS.Timeout | undefined
  #mirror: ((data: Uint8Array) => Promise<void>) | undefined
  readonly #run: Promise<void>

  constructor(options: ShellOptions) {
    this.machine = options.machine
    this.#options = options
    this.#size = options.size
    this.#feed = new Feed(options.filled)
    this.#run = this.#follow()
  }

  /** Undefined for a moment at the very beginning. */
  get emulator(): Emulator | undefined {
    return this.#emulator
  }

  /** How it ended; undefined while it lives. */
  get words(): string | undefined {
    return this.#words
  }

  get isFull(): boolean {
    return this.#feed.isFull
  }

  /** Reading back, if somebody does. */
  get reading(): Reading | undefined {
    return this.#reading
  }

  /** Begin to read back, or go on. */
  read(): Reading | undefined {
    if (this.#emulator !== undefined) this.#reading ??= new Reading(this.#emulator)
    return this.#reading
  }

  /** What is new is seen again. */
  live(): void {
    this.#reading = undefined
  }

  type(data: Uint8Array): void {
    this.#feed.push(data)
  }

  /** Text, whatever is in it: the program is told so if it asked. */
  paste(text: string): void {
    const [begin, end] = this.#emulator?.wantsPasteMarks === true ? PASTE : (['', ''] as const)
    this.#feed.push(Buffer.from(`${begin}${text}${end}`))
  }

  /** The pane has this size. Both terminals follow, at most once in RESIZE_MS. */
  fit(size: Size): void {
    if (size.cols === this.#size.cols && size.rows === this.#size.rows) return
    this.#size = size
    if (this.#timer !== undefined) return
    this.#resize()
    const fitted = size
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#size !== fitted) this.#resize()
    }, RESIZE_MS)
  }

  /**
   * From now on another terminal draws the same: `mirror` gets what draws the screen as it is, then all that the
   * program prints. It answers the program's queries, too.
   */
  lend(size: Size, mirror: (data: Uint8Array) => Promise<void>): void {
    const emulator = this.#emulator
    if (emulator === undefined) return
    this.#size = size
    this.#resize()
    const held: Uint8Array[] = []
    this.#mirror = (data) => {
      held.push(data)
      return Promise.resolve()
    }
    const mine = this.#mirror
    emulator.drawn(() => {
      if (this.#mirror !== mine) return
      emulator.isMuted = true
      this.#mirror = mirror
      // Each write keeps its place; the last of them is waited for by whatever comes next.
      void mirror(Buffer.concat([Buffer.from(emulator.serialize()), ...held]))
    })
  }

  reclaim(): void {
    const emulator = this.#emulator
    this.#mirror = undefined
    // What the other terminal has drawn already it has answered, too.
    emulator?.drawn(() => (emulator.isMuted = this.#mirror !== undefined && emulator.isMuted))
  }

  /** End it. */
  async close(): Promise<void> {
    this.#controller.abort()
    clearTimeout(this.#timer)
    await this.#run
    this.#emulator?.close()
  }

  async #follow(): Promise<void> {
    try {
      this.#words = await this.#output()
    } catch (error) {
      this.#words = error instanceof Error ? error.message : String(error)
    }
    this.#feed.end()
    this.#options.over(this)
    this.#options.changed()
  }

  /** Show what it prints, taking no more than the terminal here keeps up with; how it ended. */
  async #output(): Promise<string> {
    const { shells, machine, changed } = this.#options
    const emulator = await Emulator.open(this.#size, {
      answer: (bytes) => this.#feed.answer(bytes),
      changed: () => {
        this.hasNews = true
        changed()
      },
    })
    this.#emulator = emulator
    // It may have been ended while its terminal was being loaded.
    if (this.#controller.signal.aborted) return 'ended'
    const call = shells.open(machine.id, this.#size, this.#feed, this.#controller.signal)
    for (;;) {
      const { done, value } = await call.next()
      if (done === true) return value
      await Promise.all([emulator.write(value), this.#mirror?.(value)])
    }
  }

  #resize(): void {
    this.#emulator?.resize(this.#size)
    this.#feed.resize(this.#size)
    this.#options.changed()
  }
}
