// A question over the page below: Enter does nothing before what it asks for has been typed.
import { columns, wrapWords } from '../glyphs.ts'
import { Line } from '../line.ts'
import { clean } from '../../../protocol/clean.ts'
import { definePage, keyTable, type Page, type Question, type Ui } from '../page.ts'
import type { Canvas } from '../paint.ts'

export const DIALOG_KEYS = keyTable([
  {
    key: ['enter'],
    label: 'Enter',
    description: 'do it, once it is typed',
    command: 'accept',
    footer: 'do it',
  },
  { key: ['escape', 'C-c'], label: 'Esc', description: 'cancel', command: 'cancel', footer: 'cancel' },
])

/** Columns of the box and of what is around its text. */
const WIDEST = 66
const EDGE = 2

export class Dialog implements Page {
  readonly where = 'dialog'
  readonly isOver = true
  readonly paintsInput = true
  readonly input = new Line()
  readonly #ui: Ui
  readonly #question: Question

  readonly #defined = definePage(DIALOG_KEYS, {
    accept: () => this.#accept(),
    cancel: () => this.#ui.back(),
  })
  readonly keys = this.#defined.keys
  readonly obey = this.#defined.obey

  constructor(ui: Ui, question: Question) {
    this.#ui = ui
    this.#question = question
  }

  title(): { where: string; right: string } {
    return { where: 'sure?', right: '' }
  }

  paint(canvas: Canvas): void {
    const { styles, theme } = this.#ui
    const width = Math.min(WIDEST, canvas.width)
    const room = width - 2 * EDGE
    const { text, typed } = this.#question
    const [title = '', ...rest] = text.map((line) => clean(line))
    const lines = [
      '',
      ...rest.flatMap((line) => wrapWords(line, room)),
      '',
      `Type  ${typed}  to do it, or Esc:`,
      '',
    ]
    const height = Math.min(canvas.height, lines.length + 3)
    const box = canvas.part({
      x: Math.floor((canvas.width - width) / 2),
      y: Math.max(0, Math.floor((canvas.height - height) / 2)),
      width,
      height,
    })
    const border = styles.of(theme.border)
    const shown = lines.slice(-(height - 3))
    for (let y = 0; y < height; y++) {
      const [left, right] = y === 0 ? '┌┐' : y === height - 1 ? '└┘' : '││'
      const isEdge = y === 0 || y === height - 1
      box.put(
        { x: 0, y, width: width - 1, style: border },
        `${left}${(isEdge ? '─' : ' ').repeat(width - 2)}`,
      )
      box.put({ x: width - 1, y, style: border }, right ?? '')
    }
    box.put(
      { x: 2, y: 0, width: Math.min(columns(title) + 2, room), style: styles.of(theme.bad) },
      ` ${title} `,
    )
    for (const [at, line] of shown.entries()) box.put({ x: EDGE, y: at + 1, width: room }, line)
    const line = box.part({ x: EDGE, y: height - 2, width: room, height: 1 })
    this.input.paint(line, 0, styles.of({ inverse: true }))
  }

  note(): string {
    return ''
  }

  equivalent(): string {
    return ''
  }

  async close(): Promise<void> {
    // Nothing is open.
  }

  #accept(): void {
    const { typed, confirmed } = this.#question
    if (this.input.value.trim() !== clean(typed).trim()) return
    this.#ui.back()
    confirmed()
  }
}
