// The stack of pages: which of them has the keys, what is the same on all of them, and what is said to the operator.
import { clean } from '../../protocol/clean.ts'
import { copyText } from './clipboard.ts'
import type { RelayState, UiOptions } from './fleet.ts'
import { EDITING, EVERYWHERE, FIRST, INNER } from './frame-keys.ts'
import { type Notice, Notices } from './notices.ts'
import {
  definePage,
  entryFor,
  type KeyEntry,
  type Page,
  type Press,
  type Question,
  READ_ONLY,
  type Ui,
} from './page.ts'
import { Dialog } from './pages/dialog.ts'
import { Screen } from './screen.ts'
import { type Settings, SettingsInMemory, type UiSettings } from './settings.ts'
import { Stage } from './stage.ts'
import type { Styles } from './style.ts'
import { type Theme, themeAfter, themeFor, type ThemeName, THEME_NAMES, THEMES } from './theme.ts'
import { within } from './within.ts'

/** The last bytes to the terminal and the ends of pages may take this long (ms). */
const CLOSE_MS = 1_000
const MINUTE_MS = 60_000

/** The pages that every page leads to. */
export interface Doors {
  help(): Page
  notices(all: () => readonly Notice[]): Page
  palette(below: Page): Page
}

type Kit = Pick<UiOptions, 'stdin' | 'stdout' | 'env' | 'stop' | 'now' | 'settings' | 'isReadOnly'>

export class Desk implements Ui {
  /** With the exit status. */
  readonly ended: Promise<number>
  readonly screen: Screen
  readonly #settings: Settings
  readonly now: () => number
  readonly isReadOnly: boolean
  readonly #env: NodeJS.ProcessEnv
  readonly #stage: Stage
  readonly #notices: Notices
  /** From the first page, which stays, to the one that is seen. */
  readonly #pages: Page[] = []
  /** Left, and to be closed at the end. */
  readonly #kept = new Set<Page>()
  #doors: Doors | undefined
  #themeName: ThemeName
  #finish: (status: number) => void = () => undefined
  #minuteTimer: NodeJS.Timeout | undefined

  readonly #everywhere = definePage(EVERYWHERE, {
    palette: () => this.open('palette'),
    notices: () => this.open('notices'),
    copyCommand: () => this.copyCommand(),
    theme: () => this.setTheme(themeAfter(this.#themeName)),
    redraw: () => this.screen.redraw(),
    suspend: () => this.screen.suspend(),
    help: () => this.open('help'),
  })
  readonly #first = definePage(FIRST, { quit: () => this.quit() })
  readonly #inner = definePage(INNER, { back: () => this.back() })

  constructor(kit: Kit, relay: () => RelayState) {
    const { stdin, stdout, now = Date.now, env = process.env, stop = stopForegroundGroup } = kit
    this.now = now
    this.#settings = kit.settings ?? new SettingsInMemory()
    this.isReadOnly = kit.isReadOnly === true || this.#settings.values.readOnly === true
    this.#env = env
    this.#themeName = themeFor(this.#settings.values.theme, env)
    this.#notices = new Notices(now, () => this.draw())
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
      raw: () => this.#raw,
      arrange: () => this.#stage.arrange(),
      end: (status) => this.#finish(status),
    })
    this.#stage = new Stage(this, () => ({
      pages: this.#pages,
      relay: relay(),
      notice: this.#notices.line,
      isError: this.#notices.current?.isError ?? false,
    }))
    this.#onMinute()
  }

  get styles(): Styles {
    return this.screen.styles
  }

  get settings(): UiSettings {
    return this.#settings.values
  }

  get theme(): Theme {
    return THEMES[this.#themeName]
  }

  /** The first page, and the doors to those that every page leads to. */
  begin(first: Page, doors: Doors): void {
    this.#doors = doors
    this.push(first)
  }

  quit(): void {
    this.#finish(0)
  }

  draw(): void {
    this.screen.draw()
  }

  /** One that is in the stack already is seen again, and what was over it is left. */
  push(page: Page): void {
    if (this.#pages.includes(page)) {
      while (this.#page !== page) this.back()
      return
    }
    if (page.isOver !== true) this.#page?.left?.()
    this.#pages.push(page)
    this.#kept.delete(page)
    page.opened?.()
    this.draw()
  }

  back(): void {
    const page = this.#pages.length > 1 ? this.#pages.pop() : undefined
    if (page === undefined) return
    page.left?.()
    if (page.isKept === true) this.#kept.add(page)
    else page.close().catch((error: unknown) => this.fail(error))
    if (page.isOver !== true) this.#page?.opened?.()
    this.draw()
  }

  /** Back to the first page, whatever is over it. */
  home(): void {
    while (this.#pages.length > 1) this.back()
  }

  open(door: keyof Doors): void {
    const page = this.#page
    if (page === undefined || this.#doors === undefined) return
    if (door === 'palette') this.push(this.#doors.palette(page))
    else if (door === 'notices') {
      this.#notices.seen(true)
      this.push(this.#doors.notices(() => this.#notices.all))
    } else this.push(this.#doors.help())
  }

  say(notice: string): void {
    this.#notices.add(notice, false)
  }

  fail(error: unknown): void {
    this.#notices.add(error instanceof Error ? error.message : String(error), true)
  }

  confirm(question: Question): void {
    this.push(new Dialog(this, question))
  }

  copy(text: string, what: string): void {
    copyText(text, this.#env, (sequence) => void this.screen.write(sequence)).then(
      () => this.say(`copied: ${what}`),
      (error: unknown) => this.fail(error),
    )
  }

  /** The command that does the same as the page that is seen. */
  copyCommand(): void {
    const command = clean(this.#page?.equivalent() ?? '')
    if (command === '') this.say('No command does the same as this page.')
    else this.copy(command, command)
  }

  /** One that this terminal can show, by its name. */
  setTheme(word: string): void {
    const name = THEME_NAMES.find((known) => known === word)
    if (name === undefined) this.say(`There is no theme ${word}: ${THEME_NAMES.join(', ')}.`)
    else if (themeFor(name, this.#env) !== name) this.say('NO_COLOR is set: no colours.')
    else {
      this.#themeName = name
      this.say(`theme ${name}`)
      this.keep({ theme: name })
    }
  }

  keep(change: UiSettings): void {
    try {
      this.#settings.keep(change)
    } catch (error) {
      this.fail(error)
    }
  }

  /** Do what a key of `page` would do; says why not instead. */
  obey(page: Page, { command, changes }: KeyEntry, press: Press): void {
    const why = this.isReadOnly && changes === true ? READ_ONLY : page.whyNot?.(command)
    if (why === undefined) page.obey(command, press)
    else this.say(why)
    this.draw()
  }

  /** Restore the terminal, and end what is open; `more` is waited for, too, but not for long. */
  async close(more: Promise<unknown>): Promise<void> {
    this.#notices.close()
    clearTimeout(this.#minuteTimer)
    this.#page?.left?.()
    const pages = [...this.#pages, ...this.#kept].map((page) => page.close())
    await within(CLOSE_MS, [this.screen.close(), more, ...pages])
  }

  get #raw(): ((bytes: Uint8Array) => void) | undefined {
    const raw = this.#page?.raw
    if (raw === undefined) return undefined
    return (bytes) => {
      this.#notices.seen(true)
      raw(bytes)
    }
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

  #onKey(key: string, row: number, column: number): void {
    const page = this.#page
    if (page === undefined) return
    this.#notices.seen(page.input !== undefined)
    this.draw()
    const clicked = key === 'click' ? this.#stage.footerKeyAt(row, column) : undefined
    if (clicked !== undefined) this.#press(page, { key: clicked, row: -1, column: -1 })
    else if (page.input !== undefined && key.length === 1) this.#onText(key)
    else this.#press(page, { key, ...this.#stage.placeInBody(row, column) })
  }

  /** The page's own keys, then those of a line that is typed, then those of every page. */
  #press(page: Page, press: Press): void {
    const { key } = press
    const own = entryFor(page.keys, key)
    if (own !== undefined) {
      this.obey(page, own, press)
    } else if (page.input !== undefined && entryFor(EDITING, key) !== undefined) {
      page.input.edit(key)
      page.typed?.()
    } else {
      for (const { keys, obey } of [this.#everywhere, this.#pages.length > 1 ? this.#inner : this.#first]) {
        const entry = entryFor(keys, key)
        if (entry !== undefined) obey(entry.command, press)
      }
    }
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
