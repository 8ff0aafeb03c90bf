// The prompt of one machine: a line runs there, and what it says is shown.
import type { Fleet } from '../fleet.ts'
import type { Line } from '../line.ts'
import { definePage, keyTable, type Page, type Ui } from '../page.ts'
import type { Canvas } from '../paint.ts'
import type { Session } from '../session.ts'

/** Rows of one turn of the wheel. */
const WHEEL = 3

export const PROMPT_KEYS = keyTable([
  {
    key: ['enter'],
    label: 'Enter',
    description: 'run the line',
    command: 'run',
    footer: 'run',
    changes: true,
  },
  { key: ['up'], label: '↑', description: 'an earlier line', command: 'older' },
  { key: ['down'], label: '↓', description: 'a later line', command: 'newer' },
  { key: ['pageup'], label: 'PgUp', description: 'scroll back', command: 'pageUp' },
  { key: ['pagedown'], label: 'PgDn', description: 'scroll forth', command: 'pageDown', footer: 'scroll' },
  { key: ['wheelup'], label: 'wheel', description: 'scroll', command: 'scrollUp' },
  { key: ['wheeldown'], label: 'wheel', description: 'scroll', command: 'scrollDown', visible: false },
  { key: ['C-c'], label: 'Ctrl-C', description: 'cancel, or back', command: 'interrupt', footer: 'cancel' },
  { key: ['escape'], label: 'Esc', description: 'back; what runs goes on', command: 'back', footer: 'back' },
])

export class PromptPage implements Page {
  readonly where = 'prompt'
  readonly #ui: Ui
  readonly #fleet: Fleet
  readonly #session: Session
  /** Rows of one press of PgUp: all but one that stays in sight. */
  #page = 1

  readonly #defined = definePage(PROMPT_KEYS, {
    run: () => this.#run(),
    older: () => this.#session.older(),
    newer: () => this.#session.newer(),
    pageUp: () => this.#session.transcript.scroll(this.#page),
    pageDown: () => this.#session.transcript.scroll(-this.#page),
    scrollUp: () => this.#session.transcript.scroll(WHEEL),
    scrollDown: () => this.#session.transcript.scroll(-WHEEL),
    interrupt: () => {
      if (!this.#session.cancel()) this.#ui.back()
    },
    back: () => this.#ui.back(),
  })
  readonly keys = this.#defined.keys
  readonly obey = this.#defined.obey

  constructor(ui: Ui, fleet: Fleet, session: Session) {
    this.#ui = ui
    this.#fleet = fleet
    this.#session = session
  }

  get input(): Line {
    return this.#session.line
  }

  title(): { where: string; right: string } {
    const { machine, isRunning } = this.#session
    const { name, state } = this.#fleet.machines.find(({ id }) => id === machine.id) ?? machine
    return { where: `machines › ${name}`, right: isRunning ? `running · ${state}` : state }
  }

  paint(canvas: Canvas): void {
    this.#page = Math.max(1, canvas.height - 1)
    this.#session.transcript.paint(canvas)
  }

  note(): string {
    return ''
  }

  equivalent(): string {
    return `rconsole connect ${this.#session.machine.name}`
  }

  async close(): Promise<void> {
    // The session lives on: somebody comes back to it.
  }

  #run(): void {
    if (this.#session.isRunning) this.#ui.say('A line is running. Ctrl-C cancels it.')
    else this.#session.enter().catch((error: unknown) => this.#ui.fail(error))
  }
}
