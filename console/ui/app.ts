// The UI: a stack of pages on one screen, and what is the same on all of them.
import type { UiOptions } from './fleet.ts'
import { EDITING, EVERYWHERE, FIRST, INNER } from './frame-keys.ts'
import { SECTIONS } from './keys.ts'
import { definePage, entryFor, type Page, type Press, type Question, type Ui } from './page.ts'
import { Dialog } from './pages/dialog.ts'
import { HelpPage } from './pages/help.ts'
import { MachinesPage } from './pages/machines.ts'
import { PromptPage } from './pages/prompt.ts'
import { Screen } from './screen.ts'
import { Sessions } from './sessions.ts'
import { Stage } from './stage.ts'
import type { Styles } from './style.ts'
import { BASIC, type Theme } from './theme.ts'
import { within } from './within.ts'

/** How long a notice stays (ms). */
const NOTICE_MS = 4_000
/** The last bytes to the terminal and the ends of pages may take this long (ms). */
const CLOSE_MS = 1_000
const MINUTE_MS = 60_000

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

class App implements Ui {
  readonly ended: Promise<number>
  readonly screen: Screen
  readonly now: () => number
  readonly isReadOnly = false
  readonly theme: Theme = BASIC
  readonly #stage: Stage
  readonly #sessions: Sessions
  /** From the first page, which stays, to the one that is seen. */
  readonly #pages: Page[]
  /** Left, and to be closed at the end. */
  readonly #kept = new Set<Page>()
  readonly #unsubscribe: () => void
  #notice = ''
  #finish: (status: number) => void = () => undefined
  #noticeTimer: NodeJS.Timeout | undefined
  #minuteTimer: NodeJS.Timeout | undefined

  readonly #shared = definePage(EVERYWHERE, {
    help: () => this.push(new HelpPage(this, SECTIONS)),
    redraw: () => this.screen.redraw(),
    suspend: () => this.screen.suspend(),
  })

  readonly #first = definePage(FIRST, { quit: () => this.#finish(0) })
  readonly #inner = definePage(INNER, { back: () => this.back() })

  constructor(options: UiOptions) {
    const { stdin, stdout, fleet, now = Date.now, env = process.env, stop = stopForegroundGroup } = options
    this.now = now
    this.ended = new Promise((resolve) => {
      this.#finish = resolve
    })
    this.screen = new Screen({
      stdin,
      stdout,
      env,
      stop,
      key: (name, row, column) => this.#onKey(name, row, column),
      text: (text) => this.#onText(text),
      paste: (text) => this.#onPaste(text),
      raw: () => this.#page?.raw,
      arrange: () => this.#stage.arrange(),
      end: (status) => this.#finish(status),
    })
    this.#sessions = new Sessions({
      openPrompt: (machineId) => options.openPrompt(machineId),
      changed: () => this.draw(),
      failed: (error) => this.fail(error),
      quiet: this.styles.of(this.theme.quiet),
    })
    const machines = new MachinesPage(this, {
      fleet,
      term: env['TERM'],
      open: (machine) => this.push(new PromptPage(this, fleet, this.#sessions.of(machine))),
      prompt: (machine) => this.push(new PromptPage(this, fleet, this.#sessions.of(machine))),
    })
    this.#pages = [machines]
    this.#stage = new Stage(this.screen, () => ({
      pages: this.#pages,
      relay: fleet.relay,
      notice: this.#notice,
    }))
    this.#unsubscribe = fleet.onChange(() => {
      machines.changed()
      this.draw()
    })
    this.#onMinute()
  }

  get styles(): Styles {
    return this.screen.styles
  }

  draw(): void {
    this.screen.draw()
  }

  push(page: Page): void {
    if (page.isOver !== true) this.#page?.left?.()
    this.#pages.push(page)
    this.#kept.delete(page)
    page.opened?.()
    this.draw()
  }

  back(): void {
    if (this.#pages.length < 2) return
    const page = this.#pages.pop()
    if (page === undefined) return
    page.left?.()
    if (page.isKept === true) this.#kept.add(page)
    else page.close().catch((error: unknown) => this.fail(error))
    if (page.isOver !== true) this.#page?.opened?.()
    this.draw()
  }

  say(notice: string): void {
    this.#notice = notice
    clearTimeout(this.#noticeTimer)
    this.#noticeTimer = setTimeout(() => {
      this.#notice = ''
      this.draw()
    }, NOTICE_MS)
    this.draw()
  }

  fail(error: unknown): void {
    this.say(error instanceof Error ? error.message : String(error))
  }

  confirm(question: Question): void {
    this.push(new Dialog(this, question))
  }

  async close(): Promise<void> {
    clearTimeout(this.#noticeTimer)
    clearTimeout(this.#minuteTimer)
    this.#unsubscribe()
    this.#page?.left?.()
    const pages = [...this.#pages, ...this.#kept].map((page) => page.close())
    await within(CLOSE_MS, [this.screen.close(), this.#sessions.close(), ...pages])
  }

  get #page(): Page | undefined {
    return this.#pages.at(-1)
  }

  /** Ages are shown in minutes; a frame in which nothing differs writes nothing. */
  #onMinute(): void {
    this.draw()
    this.#minuteTimer = setTimeout(() => this.#onMinute(), MINUTE_MS - (this.now() % MINUTE_MS))
    this.#minuteTimer.unref()
  }

  /** The page's own keys, then those of a line that is typed, then those of every page. */
  #onKey(key: string, row: number, column: number): void {
    this.#notice = ''
    this.draw()
    const page = this.#page
    if (page === undefined) return
    const { input } = page
    if (input !== undefined && key.length === 1) {
      this.#onText(key)
      return
    }
    const line = this.#stage.lineOfBody(row)
    const press = { key, row: line, column: line < 0 ? -1 : column }
    const own = entryFor(page.keys, key)
    if (own !== undefined) this.#obey(page, own.command, press)
    else if (input !== undefined && entryFor(EDITING, key) !== undefined) this.#edit(key)
    else this.#obeyShared(key, press)
  }

  #obey(page: Page, command: string, press: Press): void {
    const why =
      this.isReadOnly && page.keys.some((entry) => entry.command === command && entry.changes)
        ? 'This console is read-only.'
        : page.whyNot?.(command)
    if (why === undefined) page.obey(command, press)
    else this.say(why)
  }

  #obeyShared(key: string, press: Press): void {
    for (const { keys, obey } of [this.#shared, this.#pages.length > 1 ? this.#inner : this.#first]) {
      const entry = entryFor(keys, key)
      if (entry !== undefined) obey(entry.command, press)
    }
  }

  #edit(key: string): void {
    const page = this.#page
    page?.input?.edit(key)
    page?.typed?.()
    this.draw()
  }

  #onText(text: string): void {
    const page = this.#page
    page?.input?.insert(text)
    page?.typed?.()
    this.draw()
  }

  #onPaste(text: string): void {
    const page = this.#page
    if (page?.paste !== undefined) page.paste(text)
    else if (page?.input !== undefined) this.#onText(text)
    else this.say('A paste is text: it goes into a filter or a prompt, never to keys.')
  }
}

/** The whole group, so that a wrapper such as npx stops too. Windows has no such thing: the list comes back. */
function stopForegroundGroup(): void {
  if (process.platform !== 'win32') process.kill(0, 'SIGTSTP')
}
