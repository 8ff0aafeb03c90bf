// What a prompt has shown so far: a bounded number of clean lines, and how far one has scrolled back in them.
import { clean, OutputCleaner } from '../../protocol/clean.ts'
import { wrap } from './glyphs.ts'
import { afterReturn, expandTabs } from './lines.ts'
import type { Canvas } from './paint.ts'
import { DEFAULT } from './style.ts'

/** Lines kept; the oldest go. */
const LINES = 5_000
/** A longer line is broken (UTF-16 units). */
const LINE_MOST = 4_096

interface Entry {
  text: string
  readonly style: number
}

export class Transcript {
  #lines: Entry[] = []
  /** The last line may go on. */
  #isOpen = false
  #cleaner = new OutputCleaner()
  /** Rows between the bottom of the pane and the last row. */
  #back = 0
  #width = 80

  /** One line of ours. */
  say(text: string, style: number = DEFAULT): void {
    this.#isOpen = false
    for (const line of text.split('\n')) this.#push(line, style)
  }

  /** Output as it comes, in any pieces. */
  write(output: Uint8Array | string): void {
    this.#append(this.#cleaner.push(output))
  }

  /** The program has ended: what comes next begins a line. */
  end(): void {
    this.#append(this.#cleaner.end())
    this.#cleaner = new OutputCleaner()
    this.#isOpen = false
  }

  clear(): void {
    this.#lines = []
    this.#isOpen = false
    this.#back = 0
  }

  /** `by` rows up, or down when negative. */
  scroll(by: number): void {
    this.#back = Math.max(0, this.#back + by)
  }

  toEnd(): void {
    this.#back = 0
  }

  paint(canvas: Canvas): void {
    this.#width = canvas.width
    const rows = this.#rows(canvas.height)
    for (let y = 0; y < canvas.height; y++) {
      const row = rows[y]
      canvas.put({ x: 0, y, style: row?.style ?? DEFAULT }, row?.text ?? '')
    }
  }

  /** The rows in sight, wrapped; only what is needed is looked at. */
  #rows(height: number): Entry[] {
    const rows: Entry[] = []
    const needed = height + this.#back
    for (let at = this.#lines.length - 1; at >= 0 && rows.length < needed; at--) {
      const line = this.#lines[at]
      if (line === undefined) break
      rows.unshift(...wrapped(line.text, this.#width).map((text) => ({ text, style: line.style })))
    }
    this.#back = Math.min(this.#back, Math.max(0, rows.length - height))
    const end = rows.length - this.#back
    return rows.slice(Math.max(0, end - height), end)
  }

  #append(output: string): void {
    const [first = '', ...rest] = output.split('\n')
    if (first !== '') this.#extend(first)
    for (const line of rest) {
      if (!this.#isOpen) this.#push('', DEFAULT)
      this.#isOpen = false
      if (line !== '') this.#extend(line)
    }
  }

  #extend(text: string): void {
    const last = this.#isOpen ? this.#lines.at(-1) : undefined
    const whole = afterReturn((last?.text ?? '') + text)
    const line = expandTabs(whole.replaceAll(/\x1b\[[\d;:]*m/g, ''))
    const parts = line.length === 0 ? [''] : (line.match(PIECES) ?? [])
    for (const [index, part] of parts.entries()) {
      if (index === 0 && last !== undefined) last.text = part
      else this.#push(part, DEFAULT)
    }
    this.#isOpen = true
  }

  #push(text: string, style: number): void {
    this.#lines.push({ text, style })
    // Somebody reads further up: what they read stays where it is.
    if (this.#back > 0) this.#back += wrapped(text, this.#width).length
    if (this.#lines.length > LINES * 2) this.#lines = this.#lines.slice(-LINES)
  }
}

function wrapped(line: string, width: number): string[] {
  return wrap(clean(line.replace(/\r$/, '')), width)
}

const PIECES = new RegExp(`[^]{1,${LINE_MOST}}`, 'gu')
