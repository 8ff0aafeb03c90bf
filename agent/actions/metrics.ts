// Serves action `metrics`: reads counters each tick and yields what changed; who is slow misses ticks, none waits.
import type { OutputOf, RequestOf } from '../../protocol/actions/index.ts'
import type { Handler } from '../handler.ts'
import { measureElsewhere } from '../elsewhere.ts'
import { measure, type Reading, readCounters } from '../measure.ts'
import { Ticks } from '../tick.ts'

export const metrics: Handler<'metrics'> = async function* ({ every, count = Infinity, fields }, { signal }) {
  const ticks = new Ticks(every, signal)
  const read = process.platform === 'linux' ? await fromCounters(fields) : () => measureElsewhere(fields)
  for (let left = count; left > 0; left--) {
    await ticks.next()
    yield await read()
  }
  return {}
}

/** Each value is the difference to the reading before. */
async function fromCounters(
  fields: RequestOf<'metrics'>['fields'],
): Promise<() => Promise<OutputOf<'metrics'>>> {
  const asked = new Set(fields)
  let before: Reading = await readCounters(asked)
  return async () => {
    const after = await readCounters(asked)
    const value = await measure(asked, before, after)
    before = after
    return value
  }
}
