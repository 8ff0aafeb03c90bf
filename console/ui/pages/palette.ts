// The palette: every page and every action by its name, completed while one types.
import { columns } from '../glyphs.ts'
import { Line } from '../line.ts'
import { definePage, keyTable, type Page, type Ui } from '../page.ts'
import type { Canvas } from '../paint.ts'
import { type Word, wordOf } from '../words.ts'

export const PALETTE_KEYS = keyTable([
  { key: ['enter'], label: 'Enter', description: 'do it', command: 'accept', footer: 'do it' },
  { key: ['tab'], label: 'Tab', description: 'complete', command: 'complete', footer: 'complete' },
  { key: ['up', 'C-p', 'wheelup'], label: '↑', description: 'the one above', command: 'up' },
  {
    key: ['down', 'C-n', 'wheeldown'],
    label: '↓',
    description: 'the one below',
    command: 'down',
    footer: 'choose',
  },
  { key: ['click'], label: 'click', description: 'do that one', command: 'click', visible: false },
  { key: ['escape', 'C-c'], label: 'Esc', description: 'close', command: 'back', footer: 'close' },
])

/** Rows of it at most. */
const MOST = 12
const NAME = 26

interface Candidate {
  /** What the input becomes with it. */
  readonly line: string
  readonly label: string
  readonly description: string
}

export class Palette implements Page {
  readonly where = 'palette'
  readonly isOver = true
  readonly input = new Line(':')
  readonly #ui: Ui
  readonly #words: readonly Word[]
  #candidates: readonly Candidate[] = []
  /** The chosen one; -1: what is typed counts as it is. */
  #at = 0
  #top = 0
  /** Line of the body where its rows begin, as of the last frame. */
  #y = 0

  readonly #defined = definePage(PALETTE_KEYS, {
    accept: () => this.#accept(),
    complete: () => this.#complete(),
    up: () => this.#move(-1),
    down: () => this.#move(1),
    click: ({ row }) => this.#click(row),
    back: () => this.#ui.back(),
  })
  readonly keys = this.#defined.keys
  readonly obey = this.#defined.obey

  constructor(ui: Ui, words: readonly Word[]) {
    this.#ui = ui
    this.#words = words
    this.typed()
  }

  title(): { where: string; right: string } {
    return { where: 'command', right: '' }
  }

  paint(canvas: Canvas): void {
    const { styles, theme } = this.#ui
    const rows = Math.min(MOST, this.#candidates.length, canvas.height - 1)
    this.#top = Math.max(0, Math.min(this.#top, this.#at), this.#at - rows + 1)
    this.#y = canvas.height - rows
    canvas.put({ x: 0, y: this.#y - 1, style: styles.of(theme.border) }, '─'.repeat(canvas.width))
    for (let row = 0; row < rows; row++) {
      const candidate = this.#candidates[this.#top + row]
      if (candidate === undefined) break
      const isChosen = this.#top + row === this.#at
      const style = styles.of(isChosen ? theme.selected : {})
      const label = `${isChosen ? '>' : ' '} ${candidate.label}`
      canvas.put(
        { x: 0, y: this.#y + row, style },
        `${label}${' '.repeat(Math.max(1, NAME - columns(label)))}${candidate.description}`,
      )
    }
  }

  note(): string {
    return ''
  }

  typed(): void {
    const { value } = this.input
    const space = value.indexOf(' ')
    if (space < 0) {
      this.#candidates = this.#named(value)
      this.#at = value === '' ? -1 : 0
      return
    }
    const word = wordOf(this.#words, value.slice(0, space))
    const rest = value.slice(space + 1)
    const choices = word?.argument?.choices?.() ?? []
    this.#candidates = best(choices, rest, (choice) => choice).map((choice) => ({
      line: `${value.slice(0, space)} ${choice}`,
      label: choice,
      description: '',
    }))
    this.#at = rest === '' || choices.includes(rest) ? -1 : 0
  }

  equivalent(): string {
    return ''
  }

  async close(): Promise<void> {
    // Nothing is open.
  }

  #named(typed: string): Candidate[] {
    return best(this.#words, typed, ({ name }) => name).map(({ name, argument, description }) => ({
      line: name,
      label: argument === undefined ? name : `${name} ${argument.hint}`,
      description,
    }))
  }

  #move(by: number): void {
    this.#at = Math.max(0, Math.min(this.#candidates.length - 1, this.#at + by))
  }

  #click(line: number): void {
    if (line < this.#y || this.#candidates[this.#top + line - this.#y] === undefined) return
    this.#at = this.#top + line - this.#y
    this.#accept()
  }

  #complete(): void {
    const chosen = this.#candidates[Math.max(0, this.#at)]
    if (chosen === undefined) return
    const word = wordOf(this.#words, chosen.line)
    this.input.value = word?.argument === undefined ? chosen.line : `${chosen.line} `
    this.typed()
  }

  #accept(): void {
    const line = this.#candidates[this.#at]?.line ?? this.input.value.trim()
    const space = line.indexOf(' ')
    const name = space < 0 ? line : line.slice(0, space)
    const argument = space < 0 ? '' : line.slice(space + 1).trim()
    const word = wordOf(this.#words, name)
    if (line === '') this.#ui.back()
    else if (word === undefined) this.#ui.say(`There is no command ${name}.`)
    else if (argument === '' && word.argument?.isNeeded === true) this.#complete()
    else {
      this.#ui.back()
      word.run(argument)
    }
  }
}

/** The one that `typed` is, those that begin with it, then those that have it in them. */
function best<T>(all: readonly T[], typed: string, textOf: (one: T) => string): T[] {
  const wanted = typed.trim().toLowerCase()
  const rankOf = (one: T): number => {
    const text = textOf(one).toLowerCase()
    if (text === wanted) return 0
    if (text.startsWith(wanted)) return 1
    return text.includes(wanted) ? 2 : 3
  }
  return [0, 1, 2].flatMap((rank) => all.filter((one) => rankOf(one) === rank))
}
