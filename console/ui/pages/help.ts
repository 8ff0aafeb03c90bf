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
/** Width of one of the columns of it. */
const COLUMN = 40

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
    const columns = inColumns(this.#sections, Math.max(1, Math.floor((canvas.width + 2) / COLUMN)))
    this.#page = canvas.height
    const most = Math.max(...columns.map((lines) => lines.length)) - canvas.height
    this.#top = Math.max(0, Math.min(this.#top, most))
    for (let y = 0; y < canvas.height; y++) {
      canvas.put({ x: 0, y }, '')
      for (const [at, lines] of columns.entries())
        this.#paintLine(canvas, COLUMN * at + 1, y, lines[this.#top + y])
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
    canvas.put({ x, y, style, width: COLUMN - 2 }, line)
  }
}

/** As few rows as can be, no section cut. */
function inColumns(sections: readonly Section[], count: number): string[][] {
  const blocks = sections.map(linesOf)
  const total = blocks.reduce((sum, { length }) => sum + length, 0)
  for (let height = Math.ceil(total / count); ; height++) {
    const columns = filled(blocks, height)
    if (columns.length <= count || height >= total) return columns
  }
}

function filled(blocks: readonly string[][], height: number): string[][] {
  const columns: string[][] = [[]]
  for (const block of blocks) {
    const last = columns.at(-1) ?? []
    if (last.length > 0 && last.length + block.length > height) columns.push([...block])
    else last.push(...block)
  }
  return columns
}

function linesOf({ title, keys }: Section): string[] {
  return [title, ...keys.filter(({ visible }) => visible !== false).map(lineOf), '']
}

function lineOf({ label, description }: KeyEntry): string {
  return ` ${label}${' '.repeat(Math.max(1, LABEL - columns(label)))}${description}`
}
