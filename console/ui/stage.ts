// The views of the UI, and which of them are on the screen.
import { paintFirstRun, paintFooter, paintHeader, paintTooSmall } from './chrome.ts'
import type { Fleet, MachineRow } from './fleet.ts'
import type { Help } from './help.ts'
import { footerFor, type Where } from './keys.ts'
import type { Line } from './line.ts'
import type { Machines } from './machines.ts'
import type { Canvas } from './paint.ts'
import { type Screen, SMALLEST } from './screen.ts'
import type { Session } from './session.ts'
import type { View } from './view.ts'

/** What the UI is at: everything that is painted follows from it. */
export interface State {
  readonly fleet: Fleet
  readonly machines: Machines
  readonly help: Help
  readonly filter: Line
  /** Milliseconds since the epoch. */
  readonly now: () => number
  where: Exclude<Where, 'everywhere'>
  session: Session | undefined
  /** A word to the operator, in place of the input for a few seconds. */
  notice: string
}

export class Stage {
  readonly #screen: Screen
  readonly #state: State
  readonly #small: View
  readonly #first: View
  readonly #list: View
  readonly #prompt: View
  readonly #help: View
  readonly #frame: readonly View[]

  constructor(screen: Screen, state: State) {
    this.#screen = screen
    this.#state = state
    const { styles } = screen
    const body = { top: 1, bottom: 2 }
    this.#small = screen.view({ top: 0, bottom: 0 }, (canvas) => paintTooSmall(canvas, this.#tooSmall()))
    this.#first = screen.view(body, (canvas) => paintFirstRun(canvas, styles, state.fleet))
    this.#list = screen.view(body, (canvas) => state.machines.table.paint(canvas))
    this.#prompt = screen.view(body, (canvas) => state.session?.transcript.paint(canvas))
    this.#help = screen.view(body, (canvas) => state.help.paint(canvas))
    this.#frame = [
      screen.view({ top: 0, height: 1 }, (canvas) =>
        paintHeader(canvas, styles, { relay: state.fleet.relay, ...this.#title() }),
      ),
      screen.view({ bottom: 1, height: 1 }, (canvas) => this.#paintInput(canvas)),
      screen.view({ bottom: 0, height: 1 }, (canvas) => paintFooter(canvas, styles, footerFor(state.where))),
    ]
  }

  /** Line `row` of the screen as a line of the list; undefined when it is not there. */
  lineOfList(row: number): number | undefined {
    return this.#list.hidden ? undefined : row - this.#list.top
  }

  /** Show what the state asks for; called before each frame. */
  arrange(): void {
    const { where, machines } = this.#state
    const { isTooSmall } = this.#screen
    machines.refresh()
    const isList = where === 'machines' || where === 'filter'
    this.#small.hidden = !isTooSmall
    for (const view of this.#frame) view.hidden = isTooSmall
    this.#first.hidden = isTooSmall || !isList || machines.total > 0
    this.#list.hidden = isTooSmall || !isList || machines.total === 0
    this.#prompt.hidden = isTooSmall || where !== 'prompt'
    this.#help.hidden = isTooSmall || where !== 'help'
  }

  #tooSmall(): string {
    const { columns, rows } = this.#screen
    return `rconsole needs ${SMALLEST.columns}x${SMALLEST.rows}, this is ${columns}x${rows}`
  }

  #title(): { where: string; right: string } {
    const { where, session } = this.#state
    const { online, total, filter, table } = this.#state.machines
    const count = `${online} of ${total} online`
    if (where === 'help') return { where: 'help', right: count }
    if (where === 'prompt' && session !== undefined) {
      const { name, state } = this.#current(session.machine)
      return { where: `machines › ${name}`, right: session.isRunning ? `running · ${state}` : state }
    }
    const { warning } = this.#state.fleet
    if (filter === '') return { where: warning === '' ? 'machines' : `machines   ${warning}`, right: count }
    return { where: `machines › ${filter}`, right: `${table.rows.length} shown · ${count}` }
  }

  /** The row above the foot: the notice, the input, or the selected machine in words. */
  #paintInput(canvas: Canvas): void {
    const { where, session, notice, filter } = this.#state
    const cursor = this.#screen.styles.of({ inverse: true })
    if (notice !== '') canvas.put({ x: 0, y: 0 }, ` ${notice}`)
    else if (where === 'filter') filter.paint(canvas, 0, '/', cursor)
    else if (where === 'prompt' && session !== undefined) {
      session.line.paint(canvas, 0, `${session.machine.name}> `, cursor)
    } else canvas.put({ x: 0, y: 0 }, ` ${this.#explained()}`)
  }

  #explained(): string {
    const { where, machines, now } = this.#state
    if (where !== 'machines') return ''
    if (machines.table.rows.length === 0 && machines.total > 0)
      return 'No machine matches. Esc clears the filter.'
    return machines.explained(now())
  }

  /** The machine as the fleet knows it now. */
  #current(machine: MachineRow): MachineRow {
    return this.#state.fleet.machines.find((other) => other.id === machine.id) ?? machine
  }
}
