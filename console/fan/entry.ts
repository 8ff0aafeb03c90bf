// One machine of a run, as the console knows it: its state, its answer, what came of its output.
import type { RunReport } from '../../protocol/run-report.ts'
import type { Machine } from '../machine.ts'
import type { Body } from './groups.ts'
import { type FanState, isOver } from './states.ts'

export class Entry {
  readonly id: string
  readonly name: string
  machine: Machine
  #state: FanState
  report: RunReport | undefined
  /** When it was asked, and when its output last grew (ms). */
  asked = 0
  /** The agent has taken the request. */
  isTaken = false
  lastOutput: number | undefined
  bytes = 0

  constructor(machine: Machine, now: number) {
    this.id = machine.id
    this.name = machine.name
    this.machine = machine
    this.#state = { word: 'waiting', since: now }
  }

  /** A machine that left while it was at work is gone for now: it may come back, and the run with it. */
  get state(): FanState {
    const state = this.#state
    if (isOver(state) || state.word === 'waiting' || this.machine.state === 'online') return state
    return { word: 'lost', since: this.machine.since || state.since, reason: 'it may come back' }
  }

  set state(state: FanState) {
    this.#state = state
  }

  /** Whether it will change no more by itself. */
  get isOver(): boolean {
    return isOver(this.#state)
  }

  grew(bytes: number): void {
    if (bytes > this.bytes || this.lastOutput === undefined) this.lastOutput = Date.now()
    this.bytes = Math.max(bytes, this.bytes)
  }
}

export interface Answered {
  readonly entry: Entry
  readonly report: RunReport
  /** What it printed, if it came along. */
  readonly body: Body | undefined
}
