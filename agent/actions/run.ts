// Serves action `run`: begin it, or find it begun, and follow it as the console asked.
import type { InputOf } from '../../protocol/actions/index.ts'
import { follow } from '../follow.ts'
import type { Handler } from '../handler.ts'
import type { Run } from '../run.ts'
import { isGone } from '../run-output.ts'

export const run: Handler<'run'> = async function* run(request, { signal, input, operator, runs, permit }) {
  signal.throwIfAborted()
  const { run: followed, live, isMine } = await runs.begin(request, operator, permit)
  const aborted = (): void => {
    const isTied = isMine && request.tied === true
    if (!isGone(signal)) void live?.end({ state: 'cancelled', cause: `cancelled by ${operator.name}` })
    else if (isTied) void live?.end({ state: 'cancelled', cause: 'its console is gone' })
  }
  signal.addEventListener('abort', aborted, { once: true })
  if (signal.aborted) aborted()

  const inputs = input[Symbol.asyncIterator]()
  // Who began it feeds it. An input that breaks is an input that ended; why it broke reaches us by `signal`.
  if (isMine && live !== undefined) feed(inputs, live).catch(() => live.closeInput())
  let isAnswered = false
  try {
    const report = yield* follow(followed, request, signal)
    isAnswered = true
    return report
  } finally {
    signal.removeEventListener('abort', aborted)
    // Not awaited: it may wait for a value that never comes.
    inputs.return?.().catch(() => undefined)
    // Who stops pulling neither left nor heard the answer. Nothing of a tied run outlives its console.
    const goesOn = isGone(signal) && request.tied !== true
    if (isMine && !isAnswered && !goesOn) await live?.end({ state: 'cancelled', cause: 'not followed' })
  }
}

async function feed(inputs: AsyncIterator<InputOf<'run'>>, run: Run): Promise<void> {
  await run.begun
  for (let next = await inputs.next(); !next.done; next = await inputs.next()) {
    if ('signal' in next.value) run.signal(`SIG${next.value.signal}`)
    else await run.write(next.value.data)
  }
  run.closeInput()
}
