// A subcommand of rconsole: what it is called, which actions it uses, and what it does.
import type { Command as Parser } from 'commander'
import type { ActionName } from '../protocol/actions/index.ts'
import type { Context } from './context.ts'

/** Run `work` and remember its exit status; `parser` has the flags that hold for every subcommand. */
export type Act = (parser: Parser, work: (context: Context) => Promise<number>) => Promise<void>

export interface Command {
  readonly name: string
  readonly uses: readonly ActionName[]
  /** Failures of ours end with 255 instead of 1, as ssh does: the status belongs to the program that was run. */
  readonly isTransparent?: boolean
  /** What follows its name is not for us to read: options there belong to the program that calls. */
  readonly isVerbatim?: boolean
  /** Declare arguments, flags and help; the parser's action calls `act`. */
  readonly build: (act: Act) => Parser
}
