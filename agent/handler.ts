// What serves an action: an async generator that yields outputs, returns the result and throws the failure.
import type { ActionName, InputOf, OutputOf, RequestOf, ResultOf } from '../protocol/actions/index.ts'
import type { Frozen } from '../protocol/owner-policy.ts'
import type { Permit } from './gate.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { Runs } from './runs.ts'
import type { Works } from './works.ts'

export interface Context<N extends ActionName> {
  /**
   * Aborted when the stream ends from outside. The reason is an RconsoleError: CANCELLED (the operator said so: end
   * the work), GONE (the console is not coming back: a run that is not tied goes on, all else ends).
   * A handler leaves nothing running after it that it did not register in `works`.
   */
  readonly signal: AbortSignal
  /** What the console sends after the request; taking a value gives the console credit for the next. Ends at end of input. */
  readonly input: AsyncIterable<InputOf<N>>
  readonly operator: { readonly name: string; readonly key: string }
  /** Runs and shells under way on this machine, so that lifecycle orders can count and end them. */
  readonly works: Works
  /** All runs this machine knows of, under way or over. */
  readonly runs: Runs
  readonly lifecycle: Lifecycle
  /** As whom, and within which limits of the owner's. */
  readonly permit: Permit
  readonly freezer: Freezer
}

export interface Freezer {
  readonly frozen: Frozen | undefined
  /** Hang up shells, end the input of runs, and with `killRuns` the runs; on the disk when it returns. @throws HOME */
  freeze(by: string, killRuns: boolean): void
  unfreeze(): void
}

/** `yield` waits for credit, so a slow console stops the generator, which stops the pipe, which stops the program. */
export type Handler<N extends ActionName> = (
  request: RequestOf<N>,
  context: Context<N>,
) => AsyncGenerator<OutputOf<N>, ResultOf<N>, void>

export type Handlers = { readonly [N in ActionName]: Handler<N> }
