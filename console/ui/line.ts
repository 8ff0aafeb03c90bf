// One line of input: the filter, and the line of a prompt.
import { clean } from '../../protocol/clean.ts'
import { columns, glyphs } from './glyphs.ts'
import type { Canvas } from './paint.ts'

/** Characters a line may have: more is a mistake (a pasted file). */
const MOST = 4_096

/** Its text is always clean and one line; the cursor counts code points. */
export class Line {
  /** Shown before it. */
  readonly label: string
  /** Shown instead of it while it is empty. */
  readonly #hint: string
  #characters: string[] = []
  #cursor = 0

  constructor(label = '', hint = '') {
    this.label = label
    this.#hint = hint
  }

  get value(): string {
    return this.#characters.join('')
  }

  set value(text: string) {
    this.#characters = Array.from(oneLine(text)).slice(0, MOST)
    this.#cursor = this.#characters.length
  }

  /** Typed or pasted at the cursor; line ends become spaces. */
  insert(text: string): void {
    const added = Array.from(oneLine(text)).slice(0, MOST - this.#characters.length)
    this.#characters.splice(this.#cursor, 0, ...added)
    this.#cursor += added.length
  }

  /** One of the editing keys of the key table. */
  edit(key: string): void {
    const at = this.#cursor
    if (key === 'left') this.#cursor = Math.max(0, at - 1)
    if (key === 'right') this.#cursor = Math.min(this.#characters.length, at + 1)
    if (key === 'home' || key === 'C-a') this.#cursor = 0
    if (key === 'end' || key === 'C-e') this.#cursor = this.#characters.length
    if (key === 'backspace' && at > 0) this.#delete(at - 1, at)
    if (key === 'delete') this.#delete(at, at + 1)
    if (key === 'C-k') this.#delete(at, this.#characters.length)
    if (key === 'C-u') this.#delete(0, at)
    if (key === 'C-w') this.#delete(this.#wordBefore(at), at)
  }

  /** Paint it on row `y` after its label, scrolled so that the cursor, in style `cursor`, is seen. */
  paint(canvas: Canvas, y: number, cursor: number): void {
    const before = clean(this.label) + this.#characters.slice(0, this.#cursor).join('')
    const rest = this.#characters.slice(this.#cursor)
    const shown = lastColumns(before, canvas.width - 1)
    const x = columns(shown)
    canvas.put({ x: 0, y }, shown)
    const [under = { text: ' ', columns: 1 }] = glyphs(rest.join(''))
    const after = rest.join('').slice(under.text.length)
    canvas.put({ x: x + under.columns, y }, this.#characters.length === 0 ? this.#hint : after)
    canvas.put({ x, y, width: under.columns, style: cursor }, under.text)
  }

  #delete(from: number, to: number): void {
    this.#characters.splice(from, to - from)
    this.#cursor = from
  }

  /** Where the word before `at` begins. */
  #wordBefore(at: number): number {
    const before = this.#characters.slice(0, at).join('')
    return Array.from(before.replace(/\S+\s*$/u, '')).length
  }
}

function oneLine(text: string): string {
  return clean(text.replaceAll(/[\r\n]+/g, ' '))
}

/** The end of `text` that fits into `width` columns. */
function lastColumns(text: string, width: number): string {
  const parts = [...glyphs(text)]
  let used = parts.reduce((sum, part) => sum + part.columns, 0)
  let first = 0
  while (used > width) used -= parts[first++]?.columns ?? used
  return parts
    .slice(first)
    .map((part) => part.text)
    .join('')
}
