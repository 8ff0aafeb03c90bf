// A part of the screen that paints its own cells: blessed gives it its place, nothing else.
import { areaOf, type BlessedScreen, createElement, type Layout } from './blessed.ts'
import { Canvas } from './paint.ts'

export interface View {
  hidden: boolean
  /** Row of the screen where it begins, as of the last frame. */
  readonly top: number
}

/** A view of the full width; `paint` must fill all of the canvas, since what was there before stays otherwise. */
export function createView(screen: BlessedScreen, layout: Layout, paint: (canvas: Canvas) => void): View {
  const element = createElement(screen, layout)
  element.render = () => {
    const area = areaOf(element)
    if (area === undefined) return undefined
    element.lpos = area
    paint(new Canvas(screen.lines, area))
    return area
  }
  return {
    get hidden() {
      return element.hidden
    },
    set hidden(hidden: boolean) {
      element.hidden = hidden
    },
    get top() {
      return element.lpos?.yi ?? 0
    },
  }
}
