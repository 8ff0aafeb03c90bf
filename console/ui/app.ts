// The UI: the live list of machines, a prompt on each, and the help.
import type { UiOptions } from './fleet.ts'
import { Help } from './help.ts'
import { type Command, commandFor } from './keys.ts'
import { Line } from './line.ts'
import { Machines } from './machines.ts'
import { Screen } from './screen.ts'
import { Sessions } from './sessions.ts'
import { Stage, type State } from './stage.ts'
import { within } from './within.ts'

/** How long a notice stays (ms). */
const NOTICE_MS = 4_000
/** The last bytes to the terminal and the ends of sessions may take this long (ms). */
const CLOSE_MS = 1_000
const MINUTE_MS = 60_000
/** Rows of one turn of the wheel. */
const WHEEL = 3
/** Rows around the body of a prompt: the header, the input, the foot, and one that stays in sight. */
const AROUND = 4

/**
 * Run the UI until it is left. Resolves with the exit status after the terminal has been restored: 0 by `q` or Ctrl-C,
 * 129, 130, 143 by SIGHUP (or a lost terminal), SIGINT, SIGTERM. @throws USAGE without a terminal
 */
export async function runUi(options: UiOptions): Promise<number> {
  const app = new App(options)
  try {
    return await app.ended
  } finally {
    await app.close()
  }
}

class App {
  readonly ended: Promise<number>
  readonly #screen: Screen
  readonly #stage: Stage
  readonly #state: State
  readonly #sessions: Sessions
  readonly #unsubscribe: () => void
  #finish: (status: number) => void = () => undefined
  #noticeTimer: NodeJS.Timeout | undefined
  #minuteTimer: NodeJS.Timeout | undefined

  constructor(options: UiOptions) {
    const { stdin, stdout, fleet, now = Date.now, env = process.env, stop = stopForegroundGroup } = options
    this.ended = new Promise((resolve) => {
      this.#finish = resolve
    })
    this.#screen = new Screen({
      stdin,
      stdout,
      env,
      stop,
      key: (name, row) => this.#onKey(name, row),
      text: (text) => this.#onText(text),
      paste: (text) => this.#onPaste(text),
      arrange: () => this.#stage.arrange(),
      end: (status) => this.#finish(status),
    })
    const { styles } = this.#screen
    this.#state = {
      fleet,
      machines: new Machines(fleet, styles, now),
      help: new Help(styles),
      filter: new Line(),
      now,
      where: 'machines',
      session: undefined,
      notice: '',
    }
    this.#stage = new Stage(this.#screen, this.#state)
    this.#sessions = new Sessions({
      openPrompt: (machineId) => options.openPrompt(machineId),
      changed: () => this.#screen.draw(),
      failed: (error) => this.#fail(error),
      quiet: styles.of({ dim: true }),
    })
    this.#unsubscribe = fleet.onChange(() => this.#onFleet())
    this.#onMinute()
  }

  async close(): Promise<void> {
    clearTimeout(this.#noticeTimer)
    clearTimeout(this.#minuteTimer)
    this.#unsubscribe()
    await within(CLOSE_MS, [this.#screen.close(), this.#sessions.close()])
  }

  #onFleet(): void {
    this.#state.machines.changed()
    this.#screen.draw()
  }

  /** Ages are shown in minutes; a frame in which nothing differs writes nothing. */
  #onMinute(): void {
    this.#screen.draw()
    this.#minuteTimer = setTimeout(() => this.#onMinute(), MINUTE_MS - (this.#state.now() % MINUTE_MS))
    this.#minuteTimer.unref()
  }

  #onKey(name: string, row: number): void {
    this.#state.notice = ''
    const command = commandFor(this.#state.where, name)
    if (command !== undefined) this.#obey(command, name, row)
    else if (name.length === 1) this.#onText(name)
    this.#screen.draw()
  }

  #onText(text: string): void {
    this.#input()?.insert(text)
    this.#inputChanged()
  }

  #onPaste(text: string): void {
    if (this.#input() !== undefined) this.#onText(text)
    else this.#say('A paste is text: it goes into a filter or a prompt, never to keys.')
  }

  /** Where text goes, if anywhere. */
  #input(): Line | undefined {
    if (this.#state.where === 'filter') return this.#state.filter
    return this.#state.where === 'prompt' ? this.#state.session?.line : undefined
  }

  #inputChanged(): void {
    if (this.#state.where === 'filter') this.#state.machines.filter = this.#state.filter.value
    this.#screen.draw()
  }

  #obey(command: Command, key: string, row: number): void {
    switch (command) {
      case 'up':
        return this.#move(-1)
      case 'down':
        return this.#move(1)
      case 'pageUp':
        return this.#move(-this.#page())
      case 'pageDown':
        return this.#move(this.#page())
      case 'scrollUp':
        return this.#move(-WHEEL)
      case 'scrollDown':
        return this.#move(WHEEL)
      case 'top':
        return this.#state.machines.table.select(0)
      case 'bottom':
        return this.#state.machines.table.select(this.#state.machines.table.rows.length - 1)
      case 'select':
        return this.#click(this.#stage.lineOfList(row))
      case 'open':
        return this.#open()
      case 'filter':
        return this.#go('filter')
      case 'accept':
        return this.#go('machines')
      case 'back':
        return this.#back()
      case 'help':
        this.#state.help.toTop()
        return this.#go('help')
      case 'quit':
        return this.#finish(0)
      case 'run':
        return this.#run()
      case 'older':
        return this.#state.session?.older()
      case 'newer':
        return this.#state.session?.newer()
      case 'edit':
        this.#input()?.edit(key)
        return this.#inputChanged()
      case 'interrupt':
        if (this.#state.session?.cancel() !== true) this.#back()
        return
      case 'suspend':
        return this.#screen.suspend()
      case 'redraw':
        return this.#screen.redraw()
      default:
        return command satisfies never
    }
  }

  #go(where: State['where']): void {
    this.#state.where = where
  }

  #back(): void {
    if (this.#state.where === 'filter' || this.#state.where === 'machines') {
      this.#state.filter.value = ''
      this.#state.machines.filter = ''
    }
    this.#go('machines')
  }

  #page(): number {
    if (this.#state.where === 'help') return this.#state.help.page
    return this.#state.where === 'prompt'
      ? Math.max(1, this.#screen.rows - AROUND)
      : this.#state.machines.table.page
  }

  #move(by: number): void {
    if (this.#state.where === 'help') this.#state.help.scroll(by)
    else if (this.#state.where === 'prompt') this.#state.session?.transcript.scroll(-by)
    else this.#state.machines.table.move(by)
  }

  #click(line: number | undefined): void {
    const { table } = this.#state.machines
    if (line === undefined || line < 1) return
    if (table.isSelectedLine(line)) this.#open()
    else table.selectLine(line)
  }

  #open(): void {
    const machine = this.#state.machines.table.selected
    if (machine === undefined) return
    this.#state.session = this.#sessions.of(machine)
    this.#go('prompt')
  }

  #run(): void {
    const { session } = this.#state
    if (session === undefined) return
    if (session.isRunning) this.#say('A line is running. Ctrl-C cancels it.')
    else session.enter().catch((error: unknown) => this.#fail(error))
  }

  #fail(error: unknown): void {
    this.#say(error instanceof Error ? error.message : String(error))
  }

  #say(notice: string): void {
    this.#state.notice = notice
    clearTimeout(this.#noticeTimer)
    this.#noticeTimer = setTimeout(() => {
      this.#state.notice = ''
      this.#screen.draw()
    }, NOTICE_MS)
    this.#screen.draw()
  }
}

/** The whole group, so that a wrapper such as npx stops too. Windows has no such thing: the list comes back. */
function stopForegroundGroup(): void {
  if (process.platform !== 'win32') process.kill(0, 'SIGTSTP')
}
