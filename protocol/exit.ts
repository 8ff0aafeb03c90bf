// How a program of ours ends: one line on stderr, and the status that says what kind of failure it was.
import { CommanderError } from 'commander'
import { clean } from './clean.ts'
import { type ErrorCode, RconsoleError } from './errors.ts'

/** Statuses of sysexits.h and of ssh, timeout(1) and shells: the same in all three programs. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  restart: 75,
  config: 78,
  inUse: 98,
  timedOut: 124,
  interrupted: 130,
  terminated: 143,
  ours: 255,
} as const

export interface Ending {
  readonly status: number
  /** One line for stderr; absent when everything has been said. */
  readonly line?: string
}

/** What to say and return for `error`; `statuses` names the codes that are not plain failures (`failed`). */
export function ending(
  program: string,
  error: unknown,
  statuses: Partial<Record<ErrorCode, number>>,
  failed: number = EXIT.failed,
): Ending {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return { status: EXIT.ok }
    return {
      status: EXIT.usage,
      line: `${program}: ${error.message.replace(/^error: /, '')}; see ${program} --help`,
    }
  }
  if (error instanceof RconsoleError) {
    // The words may be a relay's or a machine's.
    return { status: statuses[error.code] ?? failed, line: `${program}: ${clean(error.message)}` }
  }
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return { status: failed, line: `${program}: this is a bug, please report it: ${what}` }
}
