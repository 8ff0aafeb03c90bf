// Where one machine of a run stands: one word of a closed list, since when, and why.
import { type RconsoleError, toRconsoleError } from '../../protocol/errors.ts'
import type { RunReport } from '../../protocol/run-report.ts'
import { explainState, type Machine, reachable } from '../machine.ts'
import { formatAge } from '../units.ts'

/** `waiting`: not asked yet. The others as docs/operating.md explains them. */
export const FAN_STATES = [
  'waiting',
  'offline',
  'unconfirmed',
  'refused',
  'started',
  'running',
  'paused',
  'done',
  'timed out',
  'cancelled',
  'interrupted',
  'lost',
] as const
export type FanWord = (typeof FAN_STATES)[number]

export interface FanState {
  readonly word: FanWord
  /** Since when (ms). */
  readonly since: number
  /** Why, where the word alone does not say. */
  readonly reason?: string
  readonly code?: number | null
  readonly signal?: string | null
}

const OPEN: ReadonlySet<FanWord> = new Set(['waiting', 'started', 'running', 'paused'])
const SILENT: ReadonlySet<FanWord> = new Set(['offline', 'unconfirmed', 'lost'])

export const isOver = ({ word }: FanState): boolean => !OPEN.has(word)
/** No answer of the machine says how it went. */
export const isSilent = ({ word }: FanState): boolean => SILENT.has(word)
export const isWell = ({ word, code }: FanState): boolean => word === 'done' && code === 0
export const isFailed = (state: FanState): boolean => isOver(state) && !isWell(state) && !isSilent(state)

/** Why nothing can be sent to `machine`; undefined when it can be tried. */
export function unreachableState(machine: Machine, now: number): FanState | undefined {
  try {
    reachable(machine, now)
    return undefined
  } catch (error) {
    const { code, message } = toRconsoleError(error)
    if (code === 'OFFLINE') return { word: 'offline', since: machine.since || now, ...offlineReason(machine) }
    return { word: 'refused', since: now, reason: `by this console: ${message}` }
  }
}

/** What a failed call says of the run. `wasAsked`: the agent has answered before. */
export function failureState(error: RconsoleError, machine: Machine, wasAsked: boolean): FanState {
  const since = Date.now()
  const reason = error.message
  switch (error.code) {
    case 'CANCELLED':
      return { word: 'cancelled', since, reason }
    case 'OFFLINE':
    case 'RELAY_UNREACHABLE':
    case 'SLOW':
    case 'LOST':
      return wasAsked ? goneState(machine, reason) : { word: 'unconfirmed', since, reason }
    case 'GONE':
      return goneState(machine, reason)
    default:
      return { word: 'refused', since, reason: `by its agent: ${reason}` }
  }
}

/** How the agent says that it stands. */
export function reportedState({ state, code, signal, cause }: RunReport): FanState {
  return { word: state, since: Date.now(), code, signal, ...(cause === undefined ? {} : { reason: cause }) }
}

/** 'done (exit 0)', 'running (last output 12 s ago)', 'lost (…)'. */
export function explainFan({ word, since, reason, code, signal }: FanState, lastOutput?: number): string {
  const now = Date.now()
  switch (word) {
    case 'done':
      return `done (${exitWords(code, signal)})`
    case 'running':
      return `running (${lastOutput === undefined ? 'no output yet' : `last output ${formatAge(now - lastOutput)} ago`})`
    case 'offline':
      return `offline since ${new Date(since).toISOString()}${because(reason)}`
    case 'lost':
      return `lost, gone since ${new Date(since).toISOString()}${because(reason)}`
    default:
      return `${word}${because(reason)}`
  }
}

export function exitWords(code: number | null | undefined, signal: string | null | undefined): string {
  if (typeof signal === 'string') return `signal ${signal.replace(/^SIG/, '')}`
  return `exit ${code ?? '?'}`
}

/** 'killed by alice', 'its agent was stopped there'; nothing where offline says it all. */
function offlineReason(machine: Machine): { reason?: string } {
  if (machine.state !== 'offline') return { reason: explainState(machine) }
  return machine.reason === undefined ? {} : { reason: machine.reason }
}

function goneState(machine: Machine, reason: string): FanState {
  const isGone = machine.state !== 'online' && machine.since > 0
  return { word: 'lost', since: isGone ? machine.since : Date.now(), reason }
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : ` (${reason})`
}
