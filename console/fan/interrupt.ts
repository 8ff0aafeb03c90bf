// Ctrl-C while many machines are at work: on a terminal a person says what is to become of them.
import { RconsoleError, toRconsoleError } from '../../protocol/errors.ts'
import { type Io, say } from '../io.ts'
import type { Entry } from './entry.ts'
import { ask, hasPerson } from './guard.ts'
import type { Progress } from './progress.ts'

const QUESTION = 'cancel them all (c), detach and let them go on (d), or go on watching (g)? '

export interface Interrupts {
  /** Someone pressed Ctrl-C and did not go on. */
  readonly wasAsked: boolean
  /** The machines were left to themselves. */
  readonly hasLeft: boolean
  stop(): void
}

/** Let `controller` follow `signal`, which says what an end of this console means to the run, with a question in between where there is someone to answer it. */
export function askOnInterrupt(
  io: Io,
  controller: AbortController,
  signal: AbortSignal,
  entries: readonly Entry[],
  progress: Progress,
): Interrupts {
  let wasAsked = false
  const answer = async (): Promise<void> => {
    progress.pause(true)
    const open = entries.filter(({ isOver }) => !isOver).length
    const word = (
      await ask(io, `\n${open} of ${entries.length} machines are not done: ${QUESTION}`, io.signal)
    ).trim()
    progress.pause(false)
    const first = word.charAt(0).toLowerCase()
    if (first === 'c' || first === 'd') {
      wasAsked = true
      controller.abort(
        first === 'c'
          ? new RconsoleError('CANCELLED', 'cancelled by the operator')
          : new RconsoleError('GONE', 'the console was detached'),
      )
    } else listen()
  }
  const listen = (): void => {
    if (io.interrupt === undefined || !hasPerson(io)) return
    io.interrupt.ask = () => {
      // A second Ctrl-C, or the end of the terminal, is an answer, too.
      answer().catch((error: unknown) => {
        if (!io.signal.aborted) say(io, `rconsole: ${toRconsoleError(error).message}`)
      })
    }
  }
  const aborted = (): void => {
    wasAsked = true
    controller.abort(signal.reason)
  }
  signal.addEventListener('abort', aborted, { once: true })
  if (signal.aborted) aborted()
  listen()
  return {
    get wasAsked() {
      return wasAsked
    },
    get hasLeft() {
      return controller.signal.aborted && toRconsoleError(controller.signal.reason).code === 'GONE'
    },
    stop() {
      signal.removeEventListener('abort', aborted)
      if (io.interrupt !== undefined) io.interrupt.ask = undefined
    },
  }
}
