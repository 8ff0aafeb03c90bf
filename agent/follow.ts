// Following a run for one console: what it prints, or what it comes to.
import type { OutputOf, RequestOf } from '../protocol/actions/index.ts'
import { RUNNING_MS } from '../protocol/limits.ts'
import type { RunReport } from '../protocol/run-report.ts'
import { isGone } from './run-output.ts'
import type { Followed } from './runs.ts'
import { after } from './timer.ts'

type Outputs = AsyncGenerator<OutputOf<'run'>, RunReport, void>

/** Follow `run` as the console asked. @throws why it could not be started, or the reason of `signal` when that is GONE */
export async function* follow(
  run: Followed,
  { reply = 'stream', inline = 0 }: Pick<RequestOf<'run'>, 'reply' | 'inline'>,
  signal: AbortSignal,
): Outputs {
  switch (reply) {
    case 'stream':
      yield* run.output.read(0, { follow: true, signal })
      return await outcome(run, run.over, signal)
    case 'digest':
      yield* watch(run, signal)
      if (run.output.total <= inline) yield* run.output.read(0, { follow: false, signal })
      return await outcome(run, run.over, signal)
    case 'state':
      return await outcome(run, run.begun, signal)
    default:
      return reply satisfies never
  }
}

/** How it stands after `event`. @throws why it could not be started, or the reason of `signal` when that is GONE */
export async function outcome(run: Followed, event: Promise<void>, signal: AbortSignal): Promise<RunReport> {
  await unlessGone(event, signal)
  if (isGone(signal)) throw signal.reason
  if (run.refusal !== undefined) throw run.refusal
  return run.report()
}

/** Until it is over, say now and then how much there is. */
async function* watch(run: Followed, signal: AbortSignal): AsyncGenerator<OutputOf<'run'>, void, void> {
  for (;;) {
    if ((await unlessGone(run.over, signal, RUNNING_MS)) !== 'later') return
    const { state, cause, startedAt } = run.report()
    const at = run.output.lastAt ?? startedAt
    const paused = state === 'paused' && cause !== undefined ? { paused: cause.slice(0, 60) } : {}
    yield { running: { at, bytes: run.output.total, ...paused } }
  }
}

/** Wait for `event`, but not for a console that is gone, nor longer than `ms`. */
async function unlessGone(
  event: Promise<void>,
  signal: AbortSignal,
  ms?: number,
): Promise<'event' | 'gone' | 'later'> {
  if (isGone(signal)) return 'gone'
  const heard = new AbortController()
  try {
    return await new Promise((resolve) => {
      const aborted = (): void => {
        if (isGone(signal)) resolve('gone')
      }
      signal.addEventListener('abort', aborted, { signal: heard.signal })
      const stop = ms === undefined ? undefined : after(ms, () => resolve('later'))
      heard.signal.addEventListener('abort', () => stop?.())
      void event.then(() => resolve('event'))
    })
  } finally {
    heard.abort()
  }
}
