// What a record of a run says: by which key it is known, for how long it is kept, and as what it is listed.
import type { RequestOf, ResultOf } from '../protocol/actions/index.ts'
import { toBase64url } from '../protocol/bytes.ts'
import { sha256 } from '../protocol/keys.ts'
import { KEPT_ACKNOWLEDGED_MS, KEPT_MS } from '../protocol/limits.ts'
import type { RunReport } from '../protocol/run-report.ts'
import type { RunRecord } from './run-journal.ts'

/** How the records know a run: two operators may choose the same id. */
export function keyOf(operatorKey: string, id: string): string {
  return toBase64url(sha256(Buffer.from(`${operatorKey}|${id}`)))
}

/** Of what is to be run; how it is to be answered may differ. */
export function hashOf({ reply: _reply, inline: _inline, ...asked }: RequestOf<'run'>): string {
  return toBase64url(sha256(Buffer.from(JSON.stringify(asked))))
}

export function keptUntil(endedAt: number, isAcknowledged = false): number {
  return endedAt + (isAcknowledged ? KEPT_ACKNOWLEDGED_MS : KEPT_MS)
}

export function keptBytes({ output: { stdout, stderr, dropped = 0 } }: RunReport): number {
  return stdout + stderr - dropped
}

/** As `runs` lists it; with `now` and `lastNow` while it is under way. Empty when nothing of it is kept. */
export function entryOf(
  { at, run }: RunRecord,
  now: RunReport | undefined,
  lastNow: number | undefined,
): ResultOf<'runs'>['runs'] {
  if (run === undefined) return []
  const { id, operator, command } = run
  const lastAt = now === undefined ? run.lastAt : lastNow
  const { state, code, signal, cause, startedAt, endedAt, output } = now ?? run.report
  return [
    {
      id,
      operator,
      command,
      state,
      code,
      signal,
      ...(cause === undefined ? {} : { cause }),
      startedAt,
      bytes: output.stdout + output.stderr,
      ...(lastAt === undefined ? {} : { lastAt }),
      ...(endedAt === undefined ? {} : { endedAt, keptUntil: keptUntil(at, run.acknowledged) }),
    },
  ]
}
