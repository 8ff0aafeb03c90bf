// What the rooms of an agent share: its documents, its policy, its works, its log.
import type { Logger } from 'pino'
import type { RequestOf } from '../protocol/actions/index.ts'
import type { RconsoleError } from '../protocol/errors.ts'
import type { Fleet } from '../protocol/fleet.ts'
import type { Identity } from '../protocol/keys.ts'
import type { Labels } from '../protocol/statement.ts'
import type { Gate } from './gate.ts'
import type { Freezer } from './handler.ts'
import type { Runs } from './runs.ts'
import type { Works } from './works.ts'

/** An operator as the fleet document names them. */
export interface Caller {
  readonly name: string
  readonly key: string
}

export interface AgentServices {
  readonly identity: Identity
  readonly name: string
  readonly works: Works
  readonly runs: Runs
  readonly log: Logger
  /** The newest document; changes while the agent lives. */
  readonly fleet: Fleet
  /** The owner's policy, a freeze, grants. */
  readonly gate: Gate
  /** This machine's labels, from the signed statements. */
  readonly labels: Labels
  readonly restraint: Freezer
  /** Why nobody may do anything here: it waits for an admin's word, or two processes have its key. */
  readonly refusal: RconsoleError | undefined
  /** Take a fleet document that a console handed over: a newer one is obeyed at once. */
  adopt(jws: string): void
  /** Take a lifecycle order, once. */
  obey(order: RequestOf<'lifecycle'>, by: Caller): void
}
