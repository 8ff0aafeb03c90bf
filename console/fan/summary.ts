// The last word on a run: how many went well, and for every machine that did not, in which state it is and why.
import { clean } from '../../protocol/clean.ts'
import { EXIT } from '../../protocol/exit.ts'
import { foldNames } from '../ranges.ts'
import type { Entry } from './entry.ts'
import { explainFan, type FanState, isFailed, isSilent, isWell } from './states.ts'

/** 0: all went well; 255: nothing was started; 130: interrupted; 1: anything else. */
export function statusOfFan(entries: readonly Entry[], isInterrupted: boolean): number {
  if (isInterrupted) return EXIT.interrupted
  if (entries.every(({ state }) => isWell(state))) return EXIT.ok
  return entries.some(({ isTaken }) => isTaken) ? EXIT.failed : EXIT.ours
}

/** '97 of 100 machines: exit 0; 2 failed; 1 silent', then one line for each state and cause that is not exit 0. */
export function summary(entries: readonly Entry[]): string[] {
  const well = entries.filter(({ state }) => isWell(state)).length
  const silent = entries.filter(({ state }) => isSilent(state)).length
  const failed = entries.filter(({ state }) => isFailed(state)).length
  const open = entries.length - well - silent - failed
  const counts = [
    `${well} of ${entries.length} ${entries.length === 1 ? 'machine' : 'machines'}: exit 0`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(silent > 0 ? [`${silent} silent`] : []),
    ...(open > 0 ? [`${open} not over`] : []),
  ]
  const causes = new Map<string, Entry[]>()
  for (const entry of entries) {
    if (isWell(entry.state)) continue
    const key = JSON.stringify([entry.state.word, nameless(entry), entry.state.code, entry.state.signal])
    const alike = causes.get(key)
    if (alike === undefined) causes.set(key, [entry])
    else alike.push(entry)
  }
  return [counts.join('; '), ...[...causes.values()].map((alike) => causeLine(alike))]
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
function nameless({ name, state: { reason } }: Entry): string | undefined {
  return reason?.replaceAll(`${name}: `, '').replaceAll(`${name} `, 'it ').replaceAll(name, 'the machine')
}
