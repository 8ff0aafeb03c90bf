// Serves action `attach`: what a run has printed and prints, to whoever may see it, as often as it is asked for.
import { follow as followRun, outcome } from '../follow.ts'
import type { Handler } from '../handler.ts'
import { isGone } from '../run-output.ts'

export const attach: Handler<'attach'> = async function* attach(request, { signal, operator, runs }) {
  if (isGone(signal)) throw signal.reason
  const { id, operator: whose = operator.key, from, follow, digest } = request
  const run = runs.find(id, whose)
  const aborted = (): void => {
    if (!follow || isGone(signal)) return
    void runs.underWay(id, whose)?.end({ state: 'cancelled', cause: `cancelled by ${operator.name}` })
  }
  signal.addEventListener('abort', aborted, { once: true })
  if (signal.aborted) aborted()
  try {
    if (follow && digest !== undefined) return yield* followRun(run, { reply: 'digest', ...digest }, signal)
    yield* run.output.read(from, { follow, signal })
    return await outcome(run, follow ? run.over : Promise.resolve(), signal)
  } finally {
    signal.removeEventListener('abort', aborted)
  }
}
