// The last word on a run: how many went well, and for every machine that did not, in which state it is and why.
import { clean } from '../../protocol/clean.ts'
import { EXIT } from '../../protocol/exit.ts'
import { foldNames } from '../ranges.ts'
import type { Entry } from './entry.ts'
import { explainFan, type FanState, isFailed, isOver, isSilent, isWell } from './states.ts'

/** What a console waits for: how it went everywhere, that it was started, or that it has ended. */
export type Goal = 'outcome' | 'start' | 'end'

const REACHED: Record<Goal, { readonly word: string; readonly test: (entry: Entry) => boolean }> = {
  outcome: { word: 'exit 0', test: ({ state }) => isWell(state) },
  start: { word: 'started', test: ({ isTaken }) => isTaken },
  end: { word: 'over', test: ({ state, report }) => report !== undefined && isOver(state) },
}

/** 0: all reached it; 255: nothing was started; 130: interrupted; 1: anything else. */
export function statusOfFan(entries: readonly Entry[], goal: Goal, isInterrupted: boolean): number {
  if (isInterrupted) return EXIT.interrupted
  if (entries.every(REACHED[goal].test)) return EXIT.ok
  return entries.some(({ isTaken }) => isTaken) ? EXIT.failed : EXIT.ours
}

/** '97 of 100 machines: exit 0; 2 failed; 1 silent', then one line for each state and cause of the others. */
export function summary(entries: readonly Entry[], goal: Goal): string[] {
  const { word, test } = REACHED[goal]
  const others = entries.filter((entry) => !test(entry))
  const silent = others.filter(({ state }) => isSilent(state)).length
  const failed = others.filter(({ state }) => isFailed(state)).length
  const open = others.length - silent - failed
  const counts = [
    `${entries.length - others.length} of ${entries.length} ${entries.length === 1 ? 'machine' : 'machines'}: ${word}`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(silent > 0 ? [`${silent} silent`] : []),
    ...(open > 0 ? [`${open} not over`] : []),
  ]
  return [counts.join('; '), ...causesOf(others)]
}

/** One line for each state and cause. */
function causesOf(entries: readonly Entry[]): string[] {
  const causes = new Map<string, Entry[]>()
  for (const entry of entries) {
    const key = JSON.stringify([entry.state.word, nameless(entry), entry.state.code, entry.state.signal])
    const alike = causes.get(key)
    if (alike === undefined) causes.set(key, [entry])
    else alike.push(entry)
  }
  return [...causes.values()].map((alike) => causeLine(alike))
}

function causeLine(alike: readonly Entry[]): string {
  const [first] = alike.toSorted((one, other) => one.state.since - other.state.since)
  if (first === undefined) return ''
  const reason = nameless(first)
  const state: FanState = { ...first.state, ...(reason === undefined ? {} : { reason }) }
  const names = foldNames(alike.map(({ name }) => name)).join(' ')
  return `  ${clean(names)}: ${clean(explainFan(state, first.lastOutput))}`
}

/** A reason without the name of the machine, so that a hundred machines have one. */
export function nameless({ name, state: { reason } }: Pick<Entry, 'name' | 'state'>): string | undefined {
  return reason?.replaceAll(`${name}: `, '').replaceAll(`${name} `, 'it ').replaceAll(name, 'the machine')
}
