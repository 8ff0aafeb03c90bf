// What was said to the operator so far, the newest first.
import { wrap } from '../glyphs.ts'
import { clean } from '../../../protocol/clean.ts'
import type { Notice } from '../notices.ts'
import { definePage, keyTable, type Page, type Ui } from '../page.ts'
import type { Canvas } from '../paint.ts'

export const NOTICES_KEYS = keyTable([
  { key: ['k', 'up', 'wheelup'], label: 'k ↑', description: 'up', command: 'up', visible: false },
  { key: ['j', 'down', 'wheeldown'], label: 'j ↓', description: 'down', command: 'down', visible: false },
  { key: ['pageup'], label: 'PgUp', description: 'a page up', command: 'pageUp', visible: false },
  { key: ['pagedown'], label: 'PgDn', description: 'a page down', command: 'pageDown', visible: false },
  { key: ['!', 'escape', 'q', 'C-c'], label: '!', description: 'close', command: 'back', footer: 'close' },
])

const TIME = 10

export class NoticesPage implements Page {
  readonly where = 'notices'
  readonly #ui: Ui
  readonly #all: () => readonly Notice[]
  #top = 0
  #page = 1

  readonly #defined = definePage(NOTICES_KEYS, {
    up: () => (this.#top -= 1),
    down: () => (this.#top += 1),
    pageUp: () => (this.#top -= this.#page),
    pageDown: () => (this.#top += this.#page),
    back: () => this.#ui.back(),
  })
  readonly keys = this.#defined.keys
  readonly obey = this.#defined.obey

  constructor(ui: Ui, all: () => readonly Notice[]) {
    this.#ui = ui
    this.#all = all
  }

  title(): { where: string; right: string } {
    return { where: 'notices', right: String(this.#all().length) }
  }

  paint(canvas: Canvas): void {
    const { styles, theme } = this.#ui
    const lines = this.#all()
      .toReversed()
      .flatMap((notice) => linesOf(notice, canvas.width))
    this.#page = canvas.height
    this.#top = Math.max(0, Math.min(this.#top, lines.length - canvas.height))
    for (let y = 0; y < canvas.height; y++) {
      const line = lines[this.#top + y]
      const style = styles.of(line?.isError === true ? theme.bad : {})
      canvas.put({ x: 0, y, style }, line?.text ?? '')
    }
    if (lines.length === 0)
      canvas.put({ x: 4, y: 2 }, 'Nothing was said yet. What is said below for a few seconds stays here.')
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
}

function linesOf({ text, isError, at }: Notice, width: number): { text: string; isError: boolean }[] {
  const time = new Date(at).toTimeString().slice(0, 8)
  return wrap(clean(text), width - TIME).map((line, index) => ({
    text: `${index === 0 ? ` ${time} ` : ' '.repeat(TIME)}${line}`,
    isError,
  }))
}
