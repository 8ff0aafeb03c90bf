// The help, made from the table of keys.
import { columns } from './glyphs.ts'
import { type Key, KEYS, type Where } from './keys.ts'
import type { Canvas } from './paint.ts'
import { DEFAULT, type Styles } from './style.ts'

/** Two columns where they fit, else one below the other. */
const LEFT = [
  ['machines', 'MACHINES'],
  ['filter', 'FILTER'],
] as const
const RIGHT = [
  ['prompt', 'PROMPT OF A MACHINE'],
  ['help', 'HELP'],
  ['everywhere', 'EVERYWHERE'],
] as const
const LABEL = 12
const HALF = 40

export class Help {
  readonly #styles: Styles
  #top = 0
  page = 1

  constructor(styles: Styles) {
    this.#styles = styles
  }

  toTop(): void {
    this.#top = 0
  }

  scroll(by: number): void {
    this.#top += by
  }

  paint(canvas: Canvas): void {
    const isWide = canvas.width >= 2 * HALF - 2
    const left = isWide ? helpLines(LEFT) : helpLines([...LEFT, ...RIGHT])
    const right = isWide ? helpLines(RIGHT) : []
    this.page = canvas.height
    this.#top = Math.max(0, Math.min(this.#top, Math.max(left.length, right.length) - canvas.height))
    for (let y = 0; y < canvas.height; y++) {
      canvas.put({ x: 0, y }, '')
      this.#paintLine(canvas, 1, y, left[this.#top + y])
      this.#paintLine(canvas, HALF + 1, y, right[this.#top + y])
    }
  }

  #paintLine(canvas: Canvas, x: number, y: number, line: string | undefined): void {
    if (line === undefined) return
    const style = line.startsWith(' ') ? DEFAULT : this.#styles.of({ bold: true })
    canvas.put({ x, y, style, width: HALF - 2 }, line)
  }
}

type Section = readonly [where: Where, title: string]

function helpLines(sections: readonly Section[]): string[] {
  return sections.flatMap(([where, title]) => {
    const keys = KEYS.filter((key) => key.where === where && key.visible)
    return [title, ...keys.map(lineOf), '']
  })
}

function lineOf({ label, description }: Key): string {
  return ` ${label}${' '.repeat(Math.max(1, LABEL - columns(label)))}${description}`
}
