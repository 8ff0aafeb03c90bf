// The exit status of a run, as a shell would say it.
import { constants } from 'node:os'
import { EXIT } from '../protocol/exit.ts'
import type { RunReport } from '../protocol/run-report.ts'

/** The program's own; 128 + n for a signal; 124 and 130 when the timeout or an operator ended it; ours when it has none. */
export function statusOf({ state, code, signal }: RunReport): number {
  switch (state) {
    case 'done':
      return exitStatus(code, signal)
    case 'timed out':
      return EXIT.timedOut
    case 'cancelled':
      return EXIT.interrupted
    case 'started':
    case 'running':
    case 'paused':
    case 'interrupted':
    case 'refused':
      return EXIT.ours
    default:
      return state satisfies never
  }
}

/** The program's own; 128 + n for a signal. */
export function exitStatus(code: number | null, signal: string | null): number {
  if (code !== null) return code & 0xff
  return 128 + (Object.entries(constants.signals).find(([name]) => name === signal)?.[1] ?? 0)
}
