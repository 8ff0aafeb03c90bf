// A run as it goes, redrawn in place below the cursor of a terminal: a bar, counts, the slowest, the groups so far.
import { clean } from '../../protocol/clean.ts'
import { formatAge } from '../units.ts'
import type { Io } from '../io.ts'
import type { Entry } from './entry.ts'
import type { Group, Groups } from './groups.ts'
import { exitWords, isSilent, isWell } from './states.ts'

const REDRAW_MS = 150
const BAR = 20
const GROUPS_SHOWN = 4
const SLOWEST_SHOWN = 3
/** Fewer answers than this say nothing of the rest. */
const ENOUGH = 5

export class Progress {
  readonly #io: Io
  readonly #entries: readonly Entry[]
  readonly #groups: Groups
  readonly #began = Date.now()
  readonly #timer: NodeJS.Timeout
  #lines = 0
  #isPaused = false

  /** Begins at once; nothing is drawn unless stderr is a terminal. */
  constructor(io: Io, entries: readonly Entry[], groups: Groups) {
    this.#io = io
    this.#entries = entries
    this.#groups = groups
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS)
    if (io.stderr.isTTY !== true) clearInterval(this.#timer)
  }

  /** Draw nothing while something else is on the terminal. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused
    if (isPaused) this.#erase()
  }

  end(): void {
    clearInterval(this.#timer)
    this.#erase()
  }

  #draw(): void {
    if (this.#isPaused) return
    const width = this.#io.stdout.columns ?? 80
    const lines = progressLines(this.#entries, this.#groups, Date.now() - this.#began)
    const text = lines.map((line) => `${line.slice(0, width - 1)}\x1b[K\n`).join('')
    this.#io.stderr.write(`${this.#up()}${text}\x1b[J`)
    this.#lines = lines.length
  }

  #erase(): void {
    if (this.#lines > 0) this.#io.stderr.write(`${this.#up()}\x1b[J`)
    this.#lines = 0
  }

  #up(): string {
    return this.#lines > 0 ? `\r\x1b[${this.#lines}A` : ''
  }
}

/** The lines after `ms`; no character in them acts on a terminal. */
export function progressLines(entries: readonly Entry[], groups: Groups, ms: number): string[] {
  const over = entries.filter(({ isOver }) => isOver)
  const filled = Math.round((BAR * over.length) / Math.max(1, entries.length))
  const eta = over.length >= ENOUGH ? (ms / over.length) * (entries.length - over.length) : undefined
  const head = [
    `[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}] ${over.length}/${entries.length}`,
    countsOf(entries),
    slowest(entries),
    ...(eta === undefined || over.length === entries.length ? [] : [`about ${formatAge(eta)} left`]),
  ]
  return [head.filter((part) => part !== '').join('  '), ...groups.largest(GROUPS_SHOWN).map(groupLine)]
}

/** '27 well, 1 failed, 3 running'. */
export function countsOf(entries: readonly Entry[]): string {
  const counts = new Map<string, number>()
  for (const { state } of entries) {
    const word = isWell(state)
      ? 'well'
      : state.word === 'done'
        ? 'failed'
        : isSilent(state)
          ? 'silent'
          : state.word
    counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  return [...counts].map(([word, count]) => `${count} ${word}`).join(', ')
}

function slowest(entries: readonly Entry[]): string {
  const open = entries.filter(({ isOver, asked }) => !isOver && asked > 0)
  const now = Date.now()
  const longest = open.toSorted((one, other) => one.asked - other.asked).slice(0, SLOWEST_SHOWN)
  if (longest.length === 0 || now - (longest[0]?.asked ?? now) < 1_000) return ''
  return `slowest ${longest.map(({ name, asked }) => `${clean(name)} ${formatAge(now - asked)}`).join(', ')}`
}

function groupLine({ members, state, body }: Group): string {
  const first = body?.stdout.subarray(0, 200).toString('utf8').split('\n')[0] ?? ''
  const how = state.word === 'done' ? exitWords(state.code, state.signal) : state.word
  return `  ${members.length} x ${how}  ${clean(first)}`
}
