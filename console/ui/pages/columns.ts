// Which columns the list of machines has: each with a mark, over the list that shows the choice at once.
import type { Machines } from '../machines.ts'
import { definePage, keyTable, type Page, type Ui } from '../page.ts'
import type { Canvas } from '../paint.ts'
import { keyOf } from '../table.ts'

export const COLUMNS_KEYS = keyTable([
  { key: [' ', 'enter'], label: 'Space', description: 'show it, or not', command: 'toggle', footer: 'show' },
  { key: ['k', 'up'], label: 'k ↑', description: 'up', command: 'up' },
  { key: ['j', 'down'], label: 'j ↓', description: 'down', command: 'down' },
  {
    key: ['w', 'escape', 'C-c'],
    label: 'w Esc',
    description: 'back to the list',
    command: 'back',
    footer: 'back',
  },
])

const WIDTH = 24

export class ColumnsPage implements Page {
  readonly where = 'columns'
  readonly isOver = true
  readonly #ui: Ui
  readonly #machines: Machines
  #at = 0

  readonly #defined = definePage(COLUMNS_KEYS, {
    toggle: () => this.#toggle(),
    up: () => this.#move(-1),
    down: () => this.#move(1),
    back: () => this.#ui.back(),
  })
  readonly keys = this.#defined.keys
  readonly obey = this.#defined.obey

  constructor(ui: Ui, machines: Machines) {
    this.#ui = ui
    this.#machines = machines
  }

  title(): { where: string; right: string } {
    return { where: 'machines › columns', right: '' }
  }

  paint(canvas: Canvas): void {
    const { styles, theme } = this.#ui
    const { columns, shownKeys } = this.#machines
    const height = Math.min(canvas.height, columns.length + 2)
    const box = canvas.part({ x: canvas.width - WIDTH, y: 0, width: WIDTH, height })
    const border = styles.of(theme.border)
    box.put({ x: 0, y: 0, style: border }, `┌${'─'.repeat(WIDTH - 2)}┐`)
    box.put({ x: 0, y: height - 1, style: border }, `└${'─'.repeat(WIDTH - 2)}┘`)
    for (const [index, column] of columns.entries()) {
      const y = index + 1
      if (y >= height - 1) break
      const style = styles.of(index === this.#at ? theme.selected : {})
      box.put({ x: 0, y, width: 1, style: border }, '│')
      box.put(
        { x: 1, y, width: WIDTH - 2, style },
        ` ${shownKeys.includes(keyOf(column)) ? '●' : ' '} ${column.title}`,
      )
      box.put({ x: WIDTH - 1, y, width: 1, style: border }, '│')
    }
  }

  note(): string {
    return 'Where the screen is too narrow for all of them, the last ones are left out.'
  }

  equivalent(): string {
    return ''
  }

  async close(): Promise<void> {
    // Nothing is open.
  }

  #move(by: number): void {
    this.#at = Math.max(0, Math.min(this.#machines.columns.length - 1, this.#at + by))
  }

  #toggle(): void {
    const key = keyOf(this.#machines.columns[this.#at])
    // Without a name nobody knows what a row is.
    if (key === 'name') return
    const { shownKeys } = this.#machines
    this.#machines.shownKeys = shownKeys.includes(key)
      ? shownKeys.filter((shown) => shown !== key)
      : [...shownKeys, key]
    this.#ui.keep({ columns: this.#machines.shownKeys })
  }
}
