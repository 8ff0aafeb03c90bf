// A machine's state in words: what it is, by whom, since when; a colour only ever repeats the word.
import type { MachineRow } from './fleet.ts'
import type { Look } from './style.ts'
import type { Meaning, Theme } from './theme.ts'

const MEANINGS: Readonly<Record<string, Meaning>> = {
  online: 'good',
  offline: 'quiet',
  disconnected: 'warn',
  killed: 'bad',
  pending: 'pending',
  frozen: 'frozen',
  duplicate: 'bad',
  refused: 'bad',
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export function lookOf(state: string, theme: Theme): Look {
  const meaning = MEANINGS[state]
  return meaning === undefined ? {} : theme[meaning]
}

/** `killed by alice`. */
export function stateOf(machine: MachineRow): string {
  return machine.by === undefined ? machine.state : `${machine.state} by ${machine.by}`
}

/** The clock time of today, else the date: text that does not change from minute to minute. `at` and `now` in ms. */
export function clock(at: number, now: number): string {
  const then = new Date(at)
  const today = new Date(now)
  const [month = '', day = ''] = then.toDateString().split(' ').slice(1)
  if (then.toDateString() === today.toDateString()) return time(then)
  if (then.getFullYear() === today.getFullYear()) return `${day} ${month}`
  return String(then.getFullYear())
}

/** `web-1: killed by alice since 22 Nov 14:02 (25 h)`. */
export function explain(machine: MachineRow, now: number): string {
  const then = new Date(machine.since)
  const today = clock(machine.since, now)
  const [month = '', day = '', year = ''] = then.toDateString().split(' ').slice(1)
  const date = today === year ? `${day} ${month} ${year}` : today
  const at = date.includes(':') ? date : `${date} ${time(then)}`
  return `${machine.name}: ${stateOf(machine)} since ${at} (${age(now - machine.since)})`
}

/** A span of `ms` in its largest unit. */
export function age(ms: number): string {
  if (ms < MINUTE) return 'just now'
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)} h`
  return `${Math.floor(ms / DAY)} days`
}

function time(date: Date): string {
  return `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`
}
