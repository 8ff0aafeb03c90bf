// What a page of the UI is, what it is given, and how its table of keys becomes what it does.
import type { MachineRow } from './fleet.ts'
import type { Line } from './line.ts'
import type { Canvas } from './paint.ts'
import type { Screen } from './screen.ts'
import type { UiSettings } from './settings.ts'
import type { Styles } from './style.ts'
import type { Theme } from './theme.ts'

export interface Press {
  /** As screen.ts names keys: `j`, `G`, `enter`, `C-c`, `wheelup`, `click`. */
  readonly key: string
  /** Line and column of the page's own canvas; -1 without a mouse, or outside. */
  readonly row: number
  readonly column: number
}

/** One line of the table from which handler, footer, help and docs are made. */
export interface KeyEntry<C extends string = string> {
  readonly key: readonly string[]
  readonly label: string
  readonly description: string
  readonly command: C
  /** One word for the foot of the page; absent: not there. */
  readonly footer?: string
  /** Named in the help; true when absent. */
  readonly visible?: boolean
  /** It changes something on a machine or in the fleet: refused in read-only mode. */
  readonly changes?: true
}

/** The keys of one kind of page, or of all. */
export interface Section {
  readonly where: string
  readonly title: string
  readonly keys: readonly KeyEntry[]
}

export interface Page {
  /** The section of the help in which its keys are. */
  readonly where: string
  readonly keys: readonly KeyEntry[]
  /** The way here, and what is said at the right of the header. */
  title(): { readonly where: string; readonly right: string }
  /** Must fill all of the canvas, unless `isOver`: what was there before stays otherwise. */
  paint(canvas: Canvas): void
  /** The row above the foot while neither a notice nor an input is there. */
  note(): string
  obey(command: string, press: Press): void
  /** Why `command` cannot act now; undefined: it can. Said instead of doing it. */
  whyNot?(command: string): string | undefined
  /** Where text goes while it is set: characters and editing keys are then no commands. */
  readonly input?: Line | undefined
  /** It paints its input itself, not in the row above the foot. */
  readonly paintsInput?: boolean
  /** The input has changed. */
  typed?(): void
  /** Takes the bytes of each key and of each report of the mouse as they are while it is set; pastes come as such. */
  readonly raw?: ((bytes: Uint8Array) => void) | undefined
  /** Takes pastes; without it they go into the input. */
  paste?(text: string): void
  /** The machines that an action means: the marked ones, else the current one. */
  targets?(): readonly MachineRow[]
  /** The `rconsole …` command that does the same; '' when there is none. */
  equivalent(): string
  /** It is seen from now on, or no longer: start and stop what costs. */
  opened?(): void
  left?(): void
  /** Painted over the page below it, which stays in sight. */
  readonly isOver?: boolean
  /** Lives on after it has been left, for whoever made it to push it again; closed when the UI ends. */
  readonly isKept?: boolean
  close(): Promise<void>
}

export interface Question {
  /** The first line is what would happen. */
  readonly text: readonly string[]
  /** What must be typed before Enter does anything: the name of the one machine, the count of many. */
  readonly typed: string
  readonly confirmed: () => void
}

/** What pages are given. */
export interface Ui {
  readonly screen: Screen
  readonly styles: Styles
  /** Read it anew for each frame: it changes. */
  readonly theme: Theme
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly isReadOnly: boolean
  readonly settings: UiSettings
  /** Remember these settings for the next time, too. */
  keep(change: UiSettings): void
  /** Something changed: paint soon. */
  draw(): void
  push(page: Page): void
  /** Leave the page that is seen; the first one stays. */
  back(): void
  /** A few seconds, after what waits; the page of notices keeps it. */
  say(notice: string): void
  /** Stays until a key is pressed. */
  fail(error: unknown): void
  /** To the clipboard; `what` is said to have been copied. */
  copy(text: string, what: string): void
  confirm(question: Question): void
}

/** Said instead of doing what changes something. */
export const READ_ONLY = 'This console is read-only: it changes nothing.'

/** A table of keys; the names of its commands become the type that `definePage` asks handlers for. */
export function keyTable<const C extends string>(entries: readonly KeyEntry<C>[]): readonly KeyEntry<C>[] {
  return entries
}

/** The table and its handlers, one for each command, as a page has them. */
export function definePage<C extends string>(
  keys: readonly KeyEntry<C>[],
  handlers: Readonly<Record<C, (press: Press) => void>>,
): Pick<Page, 'keys' | 'obey'> {
  return {
    keys,
    obey(command, press) {
      const entry = keys.find((known) => known.command === command)
      if (entry !== undefined) handlers[entry.command](press)
    },
  }
}

/** Several tables as one page has them. @throws TypeError when two of them share a command: which of the two would be meant? */
export function joined(...parts: readonly Pick<Page, 'keys' | 'obey'>[]): Pick<Page, 'keys' | 'obey'> {
  const commands = parts.flatMap(({ keys }) => [...new Set(keys.map(({ command }) => command))])
  const shared = commands.find((command, at) => commands.indexOf(command) !== at)
  if (shared !== undefined) throw new TypeError(`two tables of keys have the command ${shared}`)
  return {
    keys: parts.flatMap(({ keys }) => keys),
    obey(command, press) {
      const part = parts.find(({ keys }) =>
        keys.some((entry) => entry.command === command && entry.key.includes(press.key)),
      )
      part?.obey(command, press)
    },
  }
}

/** What `key` means in `keys`. */
export function entryFor<C extends string>(
  keys: readonly KeyEntry<C>[],
  key: string,
): KeyEntry<C> | undefined {
  return keys.find((entry) => entry.key.includes(key))
}
