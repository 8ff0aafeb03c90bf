// What we use of blessed 0.1.81 beyond its published types, declared once.
import type { EventEmitter } from 'node:events'
import type { Writable } from 'node:stream'
import blessed from 'blessed'

/** One column of the screen: a style and one character with its marks. The right half of a wide character is ''. */
export type Cell = [style: number, text: string]
/** One row; `dirty` while it may differ from what the terminal shows. */
export type Row = Cell[] & { dirty: boolean }

/** Where an element is: first column and row, and the ones after the last. */
export interface Coords {
  readonly xi: number
  readonly xl: number
  readonly yi: number
  readonly yl: number
}

export interface Layout {
  readonly top?: number | string
  readonly bottom?: number
  readonly height?: number
}

export interface BlessedElement {
  hidden: boolean
  lpos: Coords | undefined
  render(): Coords | undefined
  _getCoords(): Coords | undefined
}

export interface BlessedKey {
  readonly name?: string
  /** With its modifiers: `C-c`, `S-g`, `pageup`. */
  readonly full: string
  readonly ctrl?: boolean
  readonly meta?: boolean
}

export interface BlessedMouse {
  readonly action: string
  readonly x: number
  readonly y: number
}

export interface BlessedProgram {
  on(event: 'keypress', listener: (character: string | undefined, key: BlessedKey) => void): unknown
  on(event: 'mouse', listener: (mouse: BlessedMouse) => void): unknown
  setMouse(modes: Readonly<Record<string, boolean>>, on: boolean): void
  /** Write what blessed has for the terminal now, not in the next turn of the event loop. */
  flush(): void
}

export interface BlessedScreen {
  /** What is to be shown, and what the terminal shows. */
  readonly lines: Row[]
  readonly olines: Cell[][]
  /** The style of an empty cell. */
  readonly dattr: number
  readonly width: number
  readonly height: number
  readonly program: BlessedProgram
  readonly tput: { brokenACS: boolean }
  draw: (start: number, end: number) => void
  render(): void
  /** Forget what the terminal shows, and clear it. */
  alloc(dirty: boolean): void
  enter(): void
  leave(): void
  destroy(): void
  on(event: 'prerender', listener: () => void): unknown
}

/** The library as we call it. */
interface Library {
  readonly tput: { ipaths: readonly string[] }
  screen(options: object): BlessedScreen
  box(options: object): BlessedElement
}

/** Several sizes on the way to the last one cost one repaint (ms). */
const RESIZE_MS = 50

/** A screen of blessed that reads no terminfo of the host, draws with Unicode, and takes its keys from `input`. */
export function createScreen(input: EventEmitter, output: Writable, terminal: string): BlessedScreen {
  // It cannot read the files that ncurses >= 6.1 writes: 8 colours and error dumps. It brings its own entries.
  library.tput.ipaths = []
  const screen = library.screen({
    input,
    output,
    terminal,
    smartCSR: false,
    forceUnicode: true,
    fullUnicode: false,
    warnings: false,
    resizeTimeout: RESIZE_MS,
  })
  screen.tput.brokenACS = true
  return screen
}

/** An element at its place in the screen, as wide as it is; the caller gives it its `render`. */
export function createElement(parent: BlessedScreen, layout: Layout): BlessedElement {
  return library.box({ parent, width: '100%', ...layout })
}

/** Where an element is now; undefined while it is hidden or outside. */
export function areaOf(element: BlessedElement): Coords | undefined {
  return element['_getCoords']()
}

const library = untyped(blessed)

/** @throws TypeError when this is not the version we know: the types above are by hand */
function untyped(value: unknown): Library {
  if (isLibrary(value)) return value
  throw new TypeError('expected blessed 0.1.81')
}

function isLibrary(value: unknown): value is Library {
  return typeof value === 'function' && 'tput' in value && 'screen' in value && 'box' in value
}
