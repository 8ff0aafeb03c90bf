// What @words mean to this console: sets that were saved in its folder, and how the machines of its last runs came out.
import { Outcomes } from './fan/outcomes.ts'
import { Sets } from './sets.ts'
import type { Meanings } from './targets.ts'

/** `folder`: the console's own, if it has one. */
export function meaningsOf(folder: string | undefined): Meanings {
  const sets = new Sets(folder)
  const outcomes = new Outcomes(folder)
  return { set: (name) => sets.get(name), outcome: (word) => outcomes.meaning(word) }
}
