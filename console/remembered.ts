// What the files of this console's home know without asking anyone: machines, their labels, runs, sets.
import { RconsoleError } from '../protocol/errors.ts'
import { ConsoleHome } from './home.ts'
import { byName } from './ranges.ts'
import { RunBook } from './run-book.ts'
import { Sets } from './sets.ts'

/** Runs worth completing. */
const MOST_RUNS = 50

export interface Remembered {
  readonly machines: readonly { readonly name: string; readonly labels: readonly string[] }[]
  /** The newest first. */
  readonly runs: readonly { readonly id: string; readonly command: string }[]
  readonly sets: readonly { readonly name: string; readonly words: readonly string[] }[]
}

/** As far as it can be read: whoever presses a key has no use for a failure. */
export function remembered(folder: string | undefined): Remembered {
  if (folder === undefined) return { machines: [], runs: [], sets: [] }
  const machines = orNone(() => new ConsoleHome(folder).pins().known)
  const runs = orNone(() => new RunBook(folder).entries()).slice(-MOST_RUNS)
  const sets = orNone(() => Object.entries(new Sets(folder).all()))
  return {
    machines: machines
      .map(({ name, labels = {} }) => ({
        name,
        labels: Object.entries(labels).map((label) => label.join('=')),
      }))
      .toSorted((one, other) => byName(one.name, other.name)),
    runs: runs.toReversed(),
    sets: sets.map(([name, words]) => ({ name, words })),
  }
}

function orNone<T>(read: () => T[]): T[] {
  try {
    return read()
  } catch (error) {
    // The next command that needs it says what is wrong.
    if (error instanceof RconsoleError) return []
    throw error
  }
}
