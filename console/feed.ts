// What follows a request: a program's input on its way to the machine.
import { isChunk } from '../protocol/action.ts'
import type { Conversation } from './conversation.ts'
import type { ConsoleStream } from './streams.ts'

/** Send what follows the request until it ends, or until the stream does. */
export async function feed(
  conversation: Conversation,
  stream: ConsoleStream,
  input: AsyncIterable<unknown> | undefined,
): Promise<void> {
  if (input === undefined) {
    conversation.endInput(stream)
    return
  }
  try {
    // Nothing is read before the request is taken: one that comes too late is asked again, with all of its input.
    await stream.outlet.opened()
    for await (const value of input) {
      if (isChunk(value)) await stream.outlet.data(value)
      else await stream.outlet.value(value)
    }
    conversation.endInput(stream)
  } catch (error) {
    // The program has ended and takes no more: the result says how.
    if (!stream.isOver) throw error
  }
}
