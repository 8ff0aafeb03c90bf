// The output of one run for all who follow it: kept on the disk, its end in memory, its program held back when it must be.
import type { OutputOf } from '../protocol/actions/index.ts'
import { RconsoleError } from '../protocol/errors.ts'
import { MiB, OUTPUT_BUFFER } from '../protocol/limits.ts'
import { Cursor, type KeptOutput, type Piece } from './kept-output.ts'
import { isFull } from './run-journal.ts'
import { after } from './timer.ts'

/** Between two tries to write to a disk that is full (ms). */
const RETRY_MS = 1_000

/** What is kept nowhere is held in memory for who follows it (bytes): all that the pipes of a program can hold at its end. */
const UNTAKEN_BYTES = 4 * MiB

interface Reader {
  /** Everything before it has been taken. */
  place: number
}

interface Recent extends Piece {
  readonly start: number
}

export class RunOutput {
  readonly kept: KeptOutput
  readonly #isRing: boolean
  readonly #readers = new Set<Reader>()
  #recent: Recent[] = []
  #recentBytes = 0
  #total: number
  /** The furthest that anyone has taken. */
  #seen = 0
  #paused: string | undefined
  #isOver = false
  #isLetGo = false
  #wakes: (() => void)[] = []
  lastAt: number | undefined

  constructor(kept: KeptOutput, { isRing, total = 0 }: { isRing: boolean; total?: number }) {
    this.kept = kept
    this.#isRing = isRing || kept.keepsNothing
    this.#total = total
  }

  /** Bytes printed so far. */
  get total(): number {
    return this.#total
  }

  /** Why the program waits, if it does for another reason than a console that is slow. */
  get paused(): string | undefined {
    return this.#paused
  }

  /** Take what the program printed: resolves when it may print more. */
  async take(piece: Piece): Promise<void> {
    await this.#room()
    await this.#keep(piece)
    this.#recent.push({ start: this.#total, ...piece })
    this.#recentBytes += piece.data.length
    this.#total += piece.data.length
    this.#forget()
    this.lastAt = Date.now()
    this.kept.trim(this.#floor())
    this.#wake()
  }

  /** Its program has ended or is being ended: what it still prints is bounded, and waits for nobody. */
  letGo(): void {
    this.#isLetGo = true
    this.#wake()
  }

  /** Nothing more comes. */
  async end(): Promise<void> {
    this.#isOver = true
    this.#wake()
    await this.kept.close()
  }

  /** What there is from `place` on, then what comes, or with `follow: false` what there is now. `signal` ends it when GONE. */
  async *read(
    place: number,
    { follow, signal }: { follow: boolean; signal: AbortSignal },
  ): AsyncGenerator<Exclude<OutputOf<'attach'>, { running: unknown }>, void, void> {
    const end = follow ? Infinity : this.#total
    const reader = { place: Math.min(place, this.#total) }
    const cursor = new Cursor(this.kept)
    const wake = (): void => this.#wake()
    signal.addEventListener('abort', wake)
    this.#readers.add(reader)
    try {
      while (reader.place < end && !isGone(signal)) {
        const piece = this.#recentAt(reader.place) ?? (await cursor.read(reader.place))
        if (piece !== undefined) {
          yield { fd: piece.fd, data: piece.data }
          this.#taken(reader, reader.place + piece.data.length)
        } else if (reader.place < this.#total) {
          const next = this.#next(reader.place)
          yield { skipped: next - reader.place }
          this.#taken(reader, next)
        } else if (this.#isOver) return
        else await this.#change()
      }
    } finally {
      signal.removeEventListener('abort', wake)
      this.#readers.delete(reader)
      this.#wake()
      await cursor.close()
    }
  }

  #taken(reader: Reader, place: number): void {
    reader.place = place
    this.#seen = Math.max(this.#seen, place)
    this.#wake()
  }

  /** Wait while a console is slow, or while nobody takes what is printed and no more of it is to be kept. */
  async #room(): Promise<void> {
    while (!this.#isLetGo) {
      this.kept.trim(this.#floor())
      if (this.#readers.size > 0) {
        if (this.#total - this.#slowest() < OUTPUT_BUFFER) break
        this.#paused = undefined
      } else {
        if (this.#isRing || !this.kept.isFull) break
        this.#paused = 'output cap, nobody attached'
      }
      await this.#change()
    }
    this.#paused = undefined
  }

  async #keep(piece: Piece): Promise<void> {
    for (;;) {
      try {
        await this.kept.append(this.#total, piece)
        this.#paused = undefined
        return
      } catch (error) {
        if (!isFull(error)) throw error
        // Being ended, it does not wait for room: these bytes are then said to be skipped.
        if (this.#isLetGo) return
        this.#paused = 'the disk of this machine is full'
      }
      const stop = after(RETRY_MS, () => this.#wake())
      await this.#change()
      stop()
    }
  }

  /** All before this has been taken by everyone who is there, or may go without having been. */
  #floor(): number {
    if (this.#readers.size > 0) return this.#slowest()
    return this.#isRing ? this.#total : this.#seen
  }

  #slowest(): number {
    return Math.min(...[...this.#readers].map(({ place }) => place))
  }

  #recentAt(place: number): Piece | undefined {
    const found = this.#recent.findLast(({ start }) => start <= place)
    if (found === undefined || place - found.start >= found.data.length) return undefined
    return { fd: found.fd, data: found.data.subarray(place - found.start) }
  }

  /** Let the oldest in memory go, but for what is nowhere else and has not been taken yet. */
  #forget(): void {
    // Behind by more than this is only who follows a program that is being ended: then what is let go is said.
    const most = this.kept.keepsNothing && this.#readers.size > 0 ? UNTAKEN_BYTES : OUTPUT_BUFFER
    for (let [first] = this.#recent; first !== undefined; [first] = this.#recent) {
      const isTaken = this.#readers.size === 0 || first.start + first.data.length <= this.#slowest()
      if (this.#recentBytes <= (isTaken ? OUTPUT_BUFFER : most) || this.#recent.length === 1) return
      this.#recentBytes -= first.data.length
      this.#recent.shift()
    }
  }

  /** The next place after one that is not kept. */
  #next(place: number): number {
    const recent = this.#recent.find(({ start }) => start > place)?.start ?? this.#total
    return Math.min(this.kept.next(place) ?? recent, recent)
  }

  async #change(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wakes.push(resolve)
    })
  }

  #wake(): void {
    const wakes = this.#wakes
    this.#wakes = []
    for (const wake of wakes) wake()
  }
}

/** Whether whoever asked is not coming back. */
export function isGone(signal: AbortSignal): boolean {
  return signal.reason instanceof RconsoleError && signal.reason.code === 'GONE'
}
