// Reading what has scrolled away in a shell: where one is, what was searched for, what is to be copied.
import type { Marked } from './cells.ts'
import type { Emulator } from './emulator.ts'

interface Found {
  readonly row: number
  readonly start: number
  readonly end: number
}

/** Rows are counted from the oldest that is kept; the oldest go while one reads. */
export class Reading {
  readonly #emulator: Emulator
  readonly #dropped: () => number
  #seen = 0
  #top: number
  #at: number
  #anchor: number | undefined
  #found: Found | undefined

  constructor(emulator: Emulator) {
    this.#emulator = emulator
    this.#dropped = emulator.dropped()
    this.#top = emulator.above
    this.#at = Math.max(0, emulator.length - 1)
  }

  /** The first row in sight. */
  get top(): number {
    this.#settle()
    return this.#top
  }

  /** Rows between what is seen and what is new. */
  get back(): number {
    return this.#emulator.above - this.top
  }

  /** Rows in sight. */
  get page(): number {
    return this.#emulator.size.rows
  }

  get isSelecting(): boolean {
    return this.#anchor !== undefined
  }

  get marked(): Marked {
    this.#settle()
    const { cols } = this.#emulator.size
    if (this.#anchor === undefined && this.#found?.row === this.#at)
      return { from: this.#at, to: this.#at, start: this.#found.start, end: this.#found.end }
    const anchor = this.#anchor ?? this.#at
    return { from: Math.min(anchor, this.#at), to: Math.max(anchor, this.#at), start: 0, end: cols }
  }

  /** `by` rows down, or up when negative. */
  move(by: number): void {
    this.#go(this.#at + by)
  }

  /** The same, and what is in sight with it. */
  scroll(by: number): void {
    this.#settle()
    this.#top = Math.max(0, Math.min(this.#emulator.above, this.#top + by))
    this.#at = Math.max(this.#top, Math.min(this.#top + this.#emulator.size.rows - 1, this.#at))
  }

  toTop(): void {
    this.#go(0)
  }

  toBottom(): void {
    this.#go(this.#emulator.length - 1)
  }

  /** Begin to choose rows, or stop it. */
  select(): void {
    this.#settle()
    this.#anchor = this.#anchor === undefined ? this.#at : undefined
  }

  /** The next row above (-1) or below (1) that has `query` in it, whatever the case; false when there is none. */
  search(query: string, way: 1 | -1): boolean {
    this.#settle()
    const wanted = query.toLowerCase()
    if (wanted === '') return false
    for (let row = this.#at + way; row >= 0 && row < this.#emulator.length; row += way) {
      const start = this.#text(row).toLowerCase().indexOf(wanted)
      if (start < 0) continue
      this.#go(row)
      this.#found = { row, start, end: start + wanted.length }
      return true
    }
    return false
  }

  /** What is marked, as text: a line that was wrapped is one line. */
  get text(): string {
    const { from, to } = this.marked
    let text = ''
    for (let row = from; row <= to; row++) {
      const goesOn = this.#emulator.line(row + 1)?.isWrapped === true
      text += goesOn ? this.#text(row) : `${this.#text(row).trimEnd()}\n`
    }
    return text
  }

  #text(row: number): string {
    return this.#emulator.line(row)?.translateToString(false) ?? ''
  }

  #go(row: number): void {
    this.#settle()
    const { rows } = this.#emulator.size
    this.#at = Math.max(0, Math.min(this.#emulator.length - 1, row))
    this.#top = Math.max(this.#at - rows + 1, Math.min(this.#at, this.#top))
  }

  /** Everything moves up when the oldest rows go. */
  #settle(): void {
    const dropped = this.#dropped()
    const by = dropped - this.#seen
    this.#seen = dropped
    if (by !== 0) {
      this.#at -= by
      if (this.#anchor !== undefined) this.#anchor = Math.max(0, this.#anchor - by)
      this.#found = undefined
    }
    this.#at = Math.max(0, Math.min(this.#emulator.length - 1, this.#at))
    this.#top = Math.max(0, Math.min(this.#emulator.above, this.#top - by))
  }
}
