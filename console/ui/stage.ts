// The frame around the pages: header, body, the row for input and notices, the foot.
import { paintFooter, paintHeader, paintTooSmall } from './chrome.ts'
import { EVERYWHERE, FIRST, INNER } from './frame-keys.ts'
import type { RelayState } from './fleet.ts'
import type { KeyEntry, Page } from './page.ts'
import type { Canvas } from './paint.ts'
import { type Screen, SMALLEST } from './screen.ts'
import type { View } from './view.ts'

/** What is to be shown: read anew for each frame. */
export interface Shown {
  /** From the first page to the one that is seen. */
  readonly pages: readonly Page[]
  readonly relay: RelayState
  /** A word to the operator, in place of the input for a few seconds. */
  readonly notice: string
}

export class Stage {
  readonly #screen: Screen
  readonly #shown: () => Shown
  readonly #small: View
  readonly #body: View
  readonly #frame: readonly View[]

  constructor(screen: Screen, shown: () => Shown) {
    this.#screen = screen
    this.#shown = shown
    this.#small = screen.view({ top: 0, bottom: 0 }, (canvas) => paintTooSmall(canvas, this.#tooSmall()))
    this.#body = screen.view({ top: 1, bottom: 2 }, (canvas) => this.#paintBody(canvas))
    this.#frame = [
      this.#body,
      screen.view({ top: 0, height: 1 }, (canvas) => this.#paintHeader(canvas)),
      screen.view({ bottom: 1, height: 1 }, (canvas) => this.#paintInput(canvas)),
      screen.view({ bottom: 0, height: 1 }, (canvas) => this.#paintFooter(canvas)),
    ]
  }

  /** Row `row` of the screen as a line of the body; -1 when it is not there. */
  lineOfBody(row: number): number {
    const line = row - this.#body.top
    return this.#body.hidden || line < 0 || row >= this.#screen.rows - 2 ? -1 : line
  }

  /** Called before each frame. */
  arrange(): void {
    const { isTooSmall } = this.#screen
    this.#small.hidden = !isTooSmall
    for (const view of this.#frame) view.hidden = isTooSmall
  }

  get #page(): Page | undefined {
    return this.#shown().pages.at(-1)
  }

  #tooSmall(): string {
    const { columns, rows } = this.#screen
    return `rconsole needs ${SMALLEST.columns}x${SMALLEST.rows}, this is ${columns}x${rows}`
  }

  /** The last page that fills it, and what lies over that. */
  #paintBody(canvas: Canvas): void {
    const { pages } = this.#shown()
    const first = pages.findLastIndex((page) => page.isOver !== true)
    for (const page of pages.slice(Math.max(0, first))) page.paint(canvas)
  }

  #paintHeader(canvas: Canvas): void {
    const { pages, relay } = this.#shown()
    const { where, right } = pages.findLast((page) => page.isOver !== true)?.title() ?? {
      where: '',
      right: '',
    }
    paintHeader(canvas, this.#screen.styles, { relay, where, right })
  }

  #paintInput(canvas: Canvas): void {
    const page = this.#page
    const { notice } = this.#shown()
    const cursor = this.#screen.styles.of({ inverse: true })
    if (notice !== '') canvas.put({ x: 0, y: 0 }, ` ${notice}`)
    else if (page?.input !== undefined && page.isOver !== true) page.input.paint(canvas, 0, cursor)
    else canvas.put({ x: 0, y: 0 }, ` ${page?.note() ?? ''}`)
  }

  #paintFooter(canvas: Canvas): void {
    const words = this.#keys()
      .filter(({ footer }) => footer !== undefined)
      .map(({ label, footer }) => `${label} ${footer}`)
    paintFooter(canvas, this.#screen.styles, words.join('  '))
  }

  /** The page's own keys, and those of all pages that it has no other use for. */
  #keys(): KeyEntry[] {
    const { pages } = this.#shown()
    const page = pages.at(-1)
    if (page === undefined) return []
    const shared: readonly KeyEntry[] = [...EVERYWHERE, ...(pages.length > 1 ? INNER : FIRST)]
    const isFree = ({ key }: KeyEntry): boolean => !page.keys.some((own) => own.key.includes(key[0] ?? ''))
    return [...page.keys, ...(page.input === undefined ? shared.filter(isFree) : [])]
  }
}
