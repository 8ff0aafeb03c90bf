// The exit status of a run, as a shell would say it.
import { constants } from 'node:os'
import type { ResultOf } from '../protocol/actions/index.ts'
import { EXIT } from '../protocol/exit.ts'

/** The program's own; 128 + n for a signal; 124 and 130 when the timeout or the operator ended it, 255 when it printed too much. */
export function statusOf({ code, signal, ended }: ResultOf<'run'>): number {
  if (ended === 'timeout') return EXIT.timedOut
  if (ended === 'cancelled') return EXIT.interrupted
  if (ended === 'output') return EXIT.ours
  return exitStatus(code, signal)
}

/** The program's own; 128 + n for a signal. */
export function exitStatus(code: number | null, signal: string | null): number {
  if (code !== null) return code & 0xff
  return 128 + (Object.entries(constants.signals).find(([name]) => name === signal)?.[1] ?? 0)
}
