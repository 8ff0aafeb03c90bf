// The line that a run begins with: on how many machines, which they are, what was run before; nothing happens before Enter.
import { wrap } from '../glyphs.ts'
import { clean } from '../../../protocol/clean.ts'
import { Line } from '../line.ts'
import { definePage, type Page, type Ui } from '../page.ts'
import type { Canvas } from '../paint.ts'
import { COMMAND_KEYS } from './keys.ts'

export interface CommandOptions {
  /** On which machines; `names` folded. */
  readonly machines: readonly { readonly id: string; readonly name: string }[]
  readonly names: string
  /** What the line begins as. */
  readonly line: string
  /** Lines of before, the newest last. */
  readonly history: readonly string[]
  readonly askAbove: number
  readonly start: (line: string) => void
}

export class CommandPage implements Page {
  readonly where = 'command'
  readonly input: Line
  readonly #ui: Ui
  readonly #options: CommandOptions
  /** The line of the history that is shown; its length: the one being typed. */
  #at: number
  #draft = ''
  /** What Tab completes, while it is pressed again and again. */
  #stem: string | undefined

  readonly #defined = definePage(COMMAND_KEYS, {
    start: () => this.#start(),
    older: () => this.#recall(this.#at - 1),
    newer: () => this.#recall(this.#at + 1),
    complete: () => this.#complete(),
    leave: () => this.#ui.back(),
  })
  readonly keys = this.#defined.keys
  readonly obey = this.#defined.obey

  constructor(ui: Ui, options: CommandOptions) {
    this.#ui = ui
    this.#options = options
    this.#at = options.history.length
    this.input = new Line('$ ')
    this.input.value = options.line
  }

  title(): { where: string; right: string } {
    return { where: `machines › run on ${counted(this.#options.machines.length)}`, right: 'not started' }
  }

  paint(canvas: Canvas): void {
    const { machines, names, history } = this.#options
    const { styles, theme } = this.#ui
    const room = Math.max(1, canvas.width - 4)
    const lines = [
      { text: `A line for the machine's own shell, on ${counted(machines.length)}:`, look: theme.title },
      { text: '', look: {} },
      ...wrap(clean(names), room)
        .slice(0, Math.max(1, canvas.height - 6))
        .map((text) => ({ text: `  ${text}`, look: {} })),
      { text: '', look: {} },
      { text: history.length === 0 ? '' : 'Before:', look: theme.title },
      ...history
        .slice(-10)
        .toReversed()
        .map((text) => ({ text: `  ${text}`, look: theme.quiet })),
    ]
    for (let y = 0; y < canvas.height; y++) {
      canvas.put({ x: 0, y, style: styles.of(lines[y]?.look ?? {}) }, ` ${lines[y]?.text ?? ''}`)
    }
  }

  note(): string {
    return ''
  }

  typed(): void {
    this.#stem = undefined
  }

  equivalent(): string {
    return ''
  }

  async close(): Promise<void> {
    // Nothing has begun.
  }

  #start(): void {
    const { machines, names, askAbove, start } = this.#options
    const line = this.input.value.trim()
    if (line === '') return
    if (machines.length <= askAbove) {
      start(line)
      return
    }
    const text = [`This runs on ${counted(machines.length)}:`, line, names]
    this.#ui.confirm({ text, typed: String(machines.length), confirmed: () => start(line) })
  }

  #recall(at: number): void {
    const { history } = this.#options
    if (at < 0 || at > history.length) return
    if (this.#at === history.length) this.#draft = this.input.value
    this.#at = at
    this.input.value = history[at] ?? this.#draft
  }

  /** The newest line that begins so; with the next Tab the one before it. */
  #complete(): void {
    const stem = this.#stem ?? this.input.value
    const found = [...new Set(this.#options.history.toReversed())].filter(
      (line) => line.startsWith(stem) && line !== stem,
    )
    const now = this.#stem === undefined ? -1 : found.indexOf(this.input.value)
    const next = found[(now + 1) % Math.max(1, found.length)]
    if (next === undefined) return
    this.input.value = next
    this.#stem = stem
  }
}

export function counted(machines: number): string {
  return machines === 1 ? '1 machine' : `${machines} machines`
}
