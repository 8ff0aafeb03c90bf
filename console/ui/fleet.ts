// What the UI shows and does, as the console gives it: machines, the relay, and a prompt on one machine.
import type { Busy } from '../filter.ts'
import type { Meanings } from '../targets.ts'
import type { Books } from './books.ts'
import type { Insides } from './insides.ts'
import type { Runs } from './run/runs.ts'
import type { Settings } from './settings.ts'
import type { Prefix } from '../prefix.ts'
import type { TtyOutput } from './screen.ts'
import type { Shells } from './shell/remote.ts'
import type { TtyInput } from './tty.ts'

export interface MachineRow {
  readonly id: string
  readonly name: string
  /** One word of a closed list: online, offline, disconnected, killed, pending, frozen, duplicate, refused. */
  readonly state: string
  /** When this state began (ms since the epoch). */
  readonly since: number
  /** Who caused it, in the agent's own signed words. */
  readonly by?: string
  readonly os: string
  readonly labels: Readonly<Record<string, string>>
  readonly policy: string
  readonly version: string
}

export interface RelayState {
  readonly url: string
  readonly up: boolean
  /** Round trip (ms). */
  readonly rtt?: number
}

/** What a machine was doing at one moment. */
export interface Sample extends Busy {
  /** When it came here (ms since the epoch): clocks of machines differ. */
  readonly at: number
  /** Seconds since the machine started. */
  readonly uptime?: number | undefined
}

/** How busy machines are: of those in view all the time, of others when somebody asks. */
export interface Vitals {
  /** The last minute of a machine, oldest first; of one that is not watched any more, what is left of it. */
  of(id: string): readonly Sample[]
  /** Follow these from now on, a bounded number of them, and no others. */
  watch(ids: readonly string[]): void
  /** Ask each of these once, a bounded number, unless it said something within a minute. A later call takes the place of this one. */
  survey(ids: readonly string[]): void
  /** How many of the survey have yet to answer. */
  readonly asking: number
  /** Call `listener` after each change, until the returned function is called. */
  onChange(listener: () => void): () => void
}

export interface Fleet {
  readonly vitals: Vitals
  /** What @words of a filter mean. */
  readonly meanings: Meanings
  readonly machines: readonly MachineRow[]
  readonly relay: RelayState
  /** What to run on a machine so that it joins; shown while there is none. May be several lines. */
  readonly joinHint: string
  /** What runs out soon; empty when nothing does. */
  readonly warning: string
  /** Call `listener` after each change, until the returned function is called. */
  onChange(listener: () => void): () => void
}

/** The line session with one machine. */
export interface Prompt {
  /** Run one line. Output goes to `write` as it comes; resolves when the line has ended, rejects with what to show. */
  run(line: string, write: (output: Uint8Array | string) => void, signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

export type OrderWord = 'kill' | 'reset' | 'disconnect' | 'freeze' | 'unfreeze'

/** Give an order to a machine by its id; resolves with a line that says what was done, rejects with why not. */
export type Order = (word: OrderWord, machineId: string) => Promise<string>

export interface UiOptions {
  readonly stdin: TtyInput
  readonly stdout: TtyOutput
  readonly fleet: Fleet
  openPrompt(machineId: string): Prompt
  insides(machineId: string): Insides
  readonly order: Order
  readonly books: Books
  /** From now on `@name` means these machines. Throws what to say. */
  saveSet(name: string, machines: readonly string[]): void
  /** Kept for as long as this UI runs when absent. */
  readonly settings?: Settings
  /** Nothing that changes a machine or the fleet. */
  readonly isReadOnly?: boolean
  readonly runs: Runs
  readonly shells: Shells
  /** What goes before our keys in a shell; Ctrl-] if absent. */
  readonly prefix?: Prefix
  /** Milliseconds since the epoch. */
  now?: () => number
  readonly env?: NodeJS.ProcessEnv
  /** Stop this process as Ctrl-Z does; by default its whole foreground group, so that a wrapper stops too. */
  stop?: () => void
}
