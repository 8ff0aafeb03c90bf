// The help, made from the table of keys.
import { columns } from '../glyphs.ts'
import { definePage, type KeyEntry, keyTable, type Page, type Section, type Ui } from '../page.ts'
import type { Canvas } from '../paint.ts'

export const HELP_KEYS = keyTable([
  {
    key: ['escape', '?', 'q', 'enter', 'C-c'],
    label: 'Esc',
    description: 'close',
    command: 'back',
    footer: 'close',
  },
  { key: ['k', 'up'], label: 'k ↑', description: 'up', command: 'up', visible: false },
  {
    key: ['j', 'down'],
    label: 'j ↓',
    description: 'down',
    command: 'down',
    footer: 'scroll',
    visible: false,
  },
  { key: ['pageup'], label: 'PgUp', description: 'a page up', command: 'pageUp', visible: false },
  { key: ['pagedown'], label: 'PgDn', description: 'a page down', command: 'pageDown', visible: false },
  { key: ['wheelup'], label: 'wheel', description: 'scroll', command: 'up', visible: false },
  { key: ['wheeldown'], label: 'wheel', description: 'scroll', command: 'down', visible: false },
])

const LABEL = 12
/** Columns of one of two halves. */
const HALF = 40

export class HelpPage implements Page {
  readonly where = 'help'
  readonly #ui: Ui
  readonly #sections: readonly Section[]
  #top = 0
  #page = 1

  readonly #defined = definePage(HELP_KEYS, {
    back: () => this.#ui.back(),
    up: () => (this.#top -= 1),
    down: () => (this.#top += 1),
    pageUp: () => (this.#top -= this.#page),
    pageDown: () => (this.#top += this.#page),
  })
  readonly keys = this.#defined.keys
  readonly obey = this.#defined.obey

  constructor(ui: Ui, sections: readonly Section[]) {
    this.#ui = ui
    this.#sections = sections
  }

  title(): { where: string; right: string } {
    return { where: 'help', right: 'docs/operating.md has it all' }
  }

  paint(canvas: Canvas): void {
    const [left, right] = canvas.width >= 2 * HALF - 2 ? halves(this.#sections) : [this.#sections, []]
    const [leftLines, rightLines] = [left.flatMap(linesOf), right.flatMap(linesOf)]
    this.#page = canvas.height
    const most = Math.max(leftLines.length, rightLines.length) - canvas.height
    this.#top = Math.max(0, Math.min(this.#top, most))
    for (let y = 0; y < canvas.height; y++) {
      canvas.put({ x: 0, y }, '')
      this.#paintLine(canvas, 1, y, leftLines[this.#top + y])
      this.#paintLine(canvas, HALF + 1, y, rightLines[this.#top + y])
    }
  }

  note(): string {
    return ''
  }

  equivalent(): string {
    return 'rconsole help'
  }

  async close(): Promise<void> {
    // Nothing is open.
  }

  #paintLine(canvas: Canvas, x: number, y: number, line: string | undefined): void {
    if (line === undefined) return
    const { styles, theme } = this.#ui
    const style = styles.of(line.startsWith(' ') ? {} : theme.title)
    canvas.put({ x, y, style, width: HALF - 2 }, line)
  }
}

/** Cut between two sections, where the longer half is shortest. */
function halves(sections: readonly Section[]): [left: readonly Section[], right: readonly Section[]] {
  const heights = sections.map((section) => linesOf(section).length)
  const heightOf = (from: number, to: number): number =>
    heights.slice(from, to).reduce((sum, height) => sum + height, 0)
  const cuts = sections.map((_, at) => Math.max(heightOf(0, at), heightOf(at, heights.length)))
  const cut = cuts.indexOf(Math.min(...cuts))
  return [sections.slice(0, cut), sections.slice(cut)]
}

function linesOf({ title, keys }: Section): string[] {
  return [title, ...keys.filter(({ visible }) => visible !== false).map(lineOf), '']
}

function lineOf({ label, description }: KeyEntry): string {
  return ` ${label}${' '.repeat(Math.max(1, LABEL - columns(label)))}${description}`
}
