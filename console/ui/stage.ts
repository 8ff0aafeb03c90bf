// The frame around the pages: header, body, the row for input and notices, the foot.
import { paintHeader, paintTooSmall } from './chrome.ts'
import { type FootWord, footWords, paintFoot } from './foot.ts'
import { EVERYWHERE, FIRST, INNER } from './frame-keys.ts'
import type { RelayState } from './fleet.ts'
import type { KeyEntry, Page, Ui } from './page.ts'
import type { Canvas } from './paint.ts'
import { SMALLEST } from './screen.ts'
import type { View } from './view.ts'

/** What is to be shown: read anew for each frame. */
export interface Shown {
  /** From the first page to the one that is seen. */
  readonly pages: readonly Page[]
  readonly relay: RelayState
  /** A word to the operator, in place of the input for a few seconds. */
  readonly notice: string
  readonly isError: boolean
}

/** Rows below the body. */
const BELOW = 2

export class Stage {
  readonly #ui: Ui
  readonly #shown: () => Shown
  readonly #small: View
  readonly #body: View
  readonly #frame: readonly View[]
  /** As of the last frame. */
  #foot: readonly FootWord[] = []

  constructor(ui: Ui, shown: () => Shown) {
    const { screen } = ui
    this.#ui = ui
    this.#shown = shown
    this.#small = screen.view({ top: 0, bottom: 0 }, (canvas) => paintTooSmall(canvas, this.#tooSmall()))
    this.#body = screen.view({ top: 1, bottom: BELOW }, (canvas) => this.#paintBody(canvas))
    this.#frame = [
      this.#body,
      screen.view({ top: 0, height: 1 }, (canvas) => this.#paintHeader(canvas)),
      screen.view({ bottom: 1, height: 1 }, (canvas) => this.#paintInput(canvas)),
      screen.view({ bottom: 0, height: 1 }, (canvas) => this.#paintFoot(canvas)),
    ]
  }

  /** A place of the screen as one of the body; -1 for both when it is not there. */
  placeInBody(row: number, column: number): { row: number; column: number } {
    const line = row - this.#body.top
    const isOutside = this.#body.hidden || line < 0 || row >= this.#ui.screen.rows - BELOW
    return isOutside ? { row: -1, column: -1 } : { row: line, column }
  }

  /** The key whose word at the foot is there. */
  footerKeyAt(row: number, column: number): string | undefined {
    if (this.#body.hidden || row !== this.#ui.screen.rows - 1) return undefined
    return this.#foot.find(({ x, text }) => column >= x && column < x + text.length)?.key
  }

  /** Called before each frame. */
  arrange(): void {
    const { isTooSmall } = this.#ui.screen
    this.#small.hidden = !isTooSmall
    for (const view of this.#frame) view.hidden = isTooSmall
  }

  #tooSmall(): string {
    const { columns, rows } = this.#ui.screen
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
    const title = pages.findLast((page) => page.isOver !== true)?.title()
    const right = [this.#ui.isReadOnly ? 'read-only' : '', title?.right ?? ''].filter((word) => word !== '')
    paintHeader(canvas, this.#ui, { relay, where: title?.where ?? '', right: right.join(' · ') })
  }

  #paintInput(canvas: Canvas): void {
    const { pages, notice, isError } = this.#shown()
    const page = pages.at(-1)
    const { styles, theme } = this.#ui
    if (notice !== '') canvas.put({ x: 0, y: 0, style: styles.of(isError ? theme.bad : {}) }, ` ${notice}`)
    else if (page?.input === undefined || page.paintsInput === true)
      canvas.put({ x: 0, y: 0 }, ` ${page?.note() ?? ''}`)
    else page.input.paint(canvas, 0, styles.of({ inverse: true }))
  }

  /** The page's own keys, and those of all pages that it has no other use for. */
  #paintFoot(canvas: Canvas): void {
    const { pages } = this.#shown()
    const page = pages.at(-1)
    const shared: readonly KeyEntry[] = [...EVERYWHERE, ...(pages.length > 1 ? INNER : FIRST)]
    const isFree = ({ key }: KeyEntry): boolean =>
      page?.keys.every((own) => !own.key.includes(key[0] ?? '')) ?? true
    const others = page?.input === undefined && page?.raw === undefined ? shared.filter(isFree) : []
    this.#foot = footWords(page?.keys ?? [], others, canvas.width)
    paintFoot(canvas, this.#ui, this.#foot)
  }
}
