// One call of an action on one machine: what is asked, what is fed to it, what comes of it.
import * as v from 'valibot'
import {
  type ActionName,
  actions,
  type InputOf,
  type OutputOf,
  type ResultOf,
} from '../protocol/actions/index.ts'
import { InvalidMessage, RconsoleError, toRconsoleError } from '../protocol/errors.ts'
import { explain } from '../protocol/explain.ts'
import type { Conversation } from './conversation.ts'
import { feed } from './feed.ts'

export interface CallOptions<N extends ActionName> {
  /** Abort with CANCELLED to end the work; the result still comes. Abort with GONE to leave it to itself. */
  readonly signal?: AbortSignal
  /** What follows the request; the end of it is the end of input. */
  readonly input?: AsyncIterable<InputOf<N>>
  /** What the machine may send ahead (bytes); little for values of which only the newest is wanted. */
  readonly credit?: number
}

/** Open a stream and follow it to its result. `request` is JSON that the action's own schema has read. */
export async function* attempt<N extends ActionName>(
  conversation: Conversation,
  name: N,
  request: string,
  { signal, input, credit }: CallOptions<N>,
): AsyncGenerator<OutputOf<N>, ResultOf<N>, void> {
  const stream = conversation.open(name, request, credit)
  const aborted = (): void => {
    if (isGone(signal)) stream.inlet.end(toRconsoleError(signal?.reason))
    else conversation.cancel(stream)
  }
  signal?.addEventListener('abort', aborted, { once: true })
  // Not awaited: it may wait for a person to type long after the program has ended.
  feed(conversation, stream, input).catch((error: unknown) => stream.inlet.end(toRconsoleError(error)))
  try {
    if (signal?.aborted === true) aborted()
    for await (const value of stream.inlet) {
      // The other dispatch by name: what `parse` returns has just passed that action's own schema.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      yield parse(actions[name].output, value, name) as OutputOf<N>
    }
    if (stream.result === undefined)
      throw new RconsoleError('LOST', `${conversation.machine.name}: ended without a result`)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
    return parse(actions[name].result, stream.result.value, name) as ResultOf<N>
  } finally {
    signal?.removeEventListener('abort', aborted)
    // Who is told to leave leaves the work to itself; who reads no further wants it to end.
    if (!isGone(signal)) conversation.cancel(stream)
  }
}

function isGone(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && toRconsoleError(signal.reason).code === 'GONE'
}

/** @throws INVALID_MESSAGE: the agent is of another version, or broken */
function parse(schema: v.GenericSchema, value: unknown, name: string): unknown {
  const parsed = v.safeParse(schema, value)
  if (!parsed.success)
    throw new InvalidMessage(`${name}: the agent answered what cannot be read: ${explain(parsed.issues)}`)
  return parsed.output
}
