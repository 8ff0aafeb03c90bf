// The runs: those that this UI has begun or looked at, which go on behind other pages, and those of before.
import { definePage, type Page, type Ui } from '../page.ts'
import type { Canvas } from '../paint.ts'
import { Table } from '../table.ts'
import { RUNS_KEYS } from './keys.ts'
import type { KeptRun, LiveRun } from './runs.ts'

/** Rows of one turn of the wheel. */
const WHEEL = 3

export interface RunRow extends KeptRun {
  /** Here, with its answers; absent for one of before. */
  readonly live?: LiveRun
}

export interface RunsPageOptions {
  /** The newest first. */
  readonly rows: () => readonly RunRow[]
  readonly open: (row: RunRow) => void
}

export class RunsPage implements Page {
  readonly where = 'runs'
  readonly #options: RunsPageOptions
  readonly #table: Table<RunRow>

  readonly #defined = definePage(RUNS_KEYS, {
    open: () => this.#open(),
    up: () => this.#table.move(-1),
    down: () => this.#table.move(1),
    top: () => this.#table.select(0),
    bottom: () => this.#table.select(this.#table.rows.length - 1),
    pageUp: () => this.#table.move(-this.#table.page),
    pageDown: () => this.#table.move(this.#table.page),
    scrollUp: () => this.#table.move(-WHEEL),
    scrollDown: () => this.#table.move(WHEEL),
    select: ({ row }) => {
      const isAgain = this.#table.isSelectedLine(row)
      if (this.#table.selectLine(row) && isAgain) this.#open()
    },
  })
  readonly keys = this.#defined.keys
  readonly obey = this.#defined.obey

  constructor(ui: Ui, options: RunsPageOptions) {
    this.#options = options
    this.#table = new Table<RunRow>({
      styles: ui.styles,
      idOf: ({ id }) => id,
      columns: [
        { title: 'BEGUN', width: 16, text: ({ at }) => timeOf(at) },
        { title: 'STATE', width: 18, text: stateOf },
        {
          title: 'ON',
          width: 12,
          text: ({ machines: [first, ...rest] }) =>
            rest.length === 0 ? (first?.name ?? '') : String(rest.length + 1),
        },
        { title: 'LINE', width: 20, grows: true, text: ({ command }) => command },
      ],
    })
    this.#table.show(options.rows())
  }

  title(): { where: string; right: string } {
    return { where: 'runs', right: String(this.#table.rows.length) }
  }

  paint(canvas: Canvas): void {
    this.#table.show(this.#options.rows())
    this.#table.paint(canvas)
  }

  note(): string {
    return this.#table.rows.length === 0
      ? 'No run has been begun here yet: r on the list of machines begins one.'
      : 'Those of before are asked for again where they are, and fold as they did.'
  }

  equivalent(): string {
    return 'rconsole runs'
  }

  opened(): void {
    this.#table.show(this.#options.rows())
  }

  async close(): Promise<void> {
    // The runs are not this page's.
  }

  #open(): void {
    const row = this.#table.selected
    if (row !== undefined) this.#options.open(row)
  }
}

function stateOf({ live }: RunRow): string {
  if (live === undefined) return 'of before'
  if (live.isOver) return live.failed.length === 0 ? 'over' : `over, ${live.failed.length} failed`
  return `running ${live.done}/${live.machines.length}`
}

const two = (value: number): string => String(value).padStart(2, '0')

/** `11-23 15:00`, by the clock here. */
function timeOf(ms: number): string {
  const at = new Date(ms)
  return `${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`
}
