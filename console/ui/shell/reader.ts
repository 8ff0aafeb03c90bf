// Reading back in the shell that is seen: its keys, the search, the copy.
import { Line } from '../line.ts'
import { definePage, type KeyEntry, type Press, type Ui } from '../page.ts'
import { READING_KEYS, SEARCH_KEYS } from './keys.ts'
import type { Reading } from './reading.ts'
import type { Tabs } from './tabs.ts'

/** Rows of one turn of the wheel. */
const WHEEL = 3

export class Reader {
  readonly #ui: Ui
  readonly #tabs: Tabs
  readonly #query = new Line('search: ')
  #isSearching = false

  readonly #reading = definePage(READING_KEYS, {
    up: () => this.#reach((reading) => reading.move(-1)),
    down: () => this.#reach((reading) => reading.move(1)),
    pageUp: () => this.#reach((reading) => reading.scroll(-reading.page)),
    pageDown: () => this.#reach((reading) => reading.scroll(reading.page)),
    wheelUp: () => this.wheel(-WHEEL),
    wheelDown: () => this.wheel(WHEEL),
    top: () => this.#reach((reading) => reading.toTop()),
    bottom: () => this.#reach((reading) => reading.toBottom()),
    search: () => this.search(),
    next: () => this.#find(-1),
    previous: () => this.#find(1),
    choose: () => this.#reach((reading) => reading.select()),
    copy: () => this.#copy(),
    live: () => this.#tabs.current?.live(),
  })
  readonly #searching = definePage(SEARCH_KEYS, {
    find: () => {
      this.#isSearching = false
      this.#find(-1)
    },
    stop: () => {
      this.#isSearching = false
    },
  })

  constructor(ui: Ui, tabs: Tabs) {
    this.#ui = ui
    this.#tabs = tabs
  }

  /** The section of the help; undefined while nobody reads back. */
  get where(): 'reading' | 'search' | undefined {
    if (this.#isSearching) return 'search'
    return this.#tabs.current?.reading === undefined ? undefined : 'reading'
  }

  get keys(): readonly KeyEntry[] {
    return this.#isSearching ? SEARCH_KEYS : READING_KEYS
  }

  get input(): Line | undefined {
    return this.#isSearching ? this.#query : undefined
  }

  get note(): string {
    const reading = this.#tabs.current?.reading
    const choosing = reading?.isSelecting === true ? ', choosing lines' : ''
    return `reading back: ${reading?.back ?? 0} rows below${choosing}`
  }

  obey(command: string, press: Press): void {
    if (this.#isSearching) this.#searching.obey(command, press)
    else this.#reading.obey(command, press)
  }

  begin(): void {
    this.#tabs.current?.read()
  }

  search(): void {
    this.begin()
    this.#query.value = ''
    this.#isSearching = true
  }

  /** The end of what is new ends the reading. */
  wheel(by: number): void {
    if (by < 0) this.begin()
    this.#reach((reading) => reading.scroll(by))
    if (by > 0 && this.#tabs.current?.reading?.back === 0) this.#tabs.current.live()
  }

  #reach(then: (reading: Reading) => void): void {
    const reading = this.#tabs.current?.reading
    if (reading !== undefined) then(reading)
  }

  #find(way: 1 | -1): void {
    this.#reach((reading) => {
      const query = this.#query.value
      if (!reading.search(query, way)) this.#ui.say(`not found ${way < 0 ? 'above' : 'below'}: ${query}`)
    })
  }

  #copy(): void {
    this.#reach((reading) => {
      const { text } = reading
      const rows = text.split('\n').length - 1
      this.#ui.copy(text, rows === 1 ? 'a line' : `${rows} lines`)
      this.#tabs.current?.live()
    })
  }
}
