// Serves action `forward`: a connection to what this machine can reach, until both sides have ended.
import { connect, type Socket } from 'node:net'
import { next } from '../../protocol/copy/next.ts'
import { RconsoleError, systemCode } from '../../protocol/errors.ts'
import type { Chunk } from '../../protocol/action.ts'
import type { Handler } from '../handler.ts'

/** A host that does not answer is given up after this (ms). */
const CONNECT_MS = 20_000

export const forward: Handler<'forward'> = async function* forward({ host, port }, { signal, input }) {
  signal.throwIfAborted()
  const socket = await connected(host, port, signal)
  const close = (): void => void socket.destroy()
  signal.addEventListener('abort', close, { once: true })
  const inputs = input[Symbol.asyncIterator]()
  try {
    yield { is: 'open' }
    // A connection that breaks ends both ways; the result says no more than that.
    const fed = feed(inputs, socket, signal).catch(close)
    yield* outputOf(socket)
    yield { is: 'end' }
    await fed
    return {}
  } finally {
    signal.removeEventListener('abort', close)
    close()
    // Not awaited: it may wait for a value that never comes.
    inputs.return?.().catch(() => undefined)
  }
}

async function connected(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ host, port, allowHalfOpen: true, noDelay: true })
  const failed = (why: string, cause?: Error): RconsoleError =>
    new RconsoleError('NO_CONNECTION', `cannot reach ${host} port ${port} from there: ${why}`, { cause })
  return await new Promise((resolve, reject) => {
    const give = (error: unknown): void => {
      settle()
      socket.destroy()
      reject(error)
    }
    const aborted = (): void => give(signal.reason)
    const refused = (error: Error): void => give(failed(systemCode(error) ?? error.message, error))
    const timer = setTimeout(() => give(failed(`no answer within ${CONNECT_MS / 1000} s`)), CONNECT_MS)
    const settle = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', aborted)
      socket.off('error', refused)
    }
    signal.addEventListener('abort', aborted, { once: true })
    socket.once('error', refused)
    socket.once('connect', () => {
      settle()
      // What breaks it later ends its reading, and that is all there is to say.
      socket.on('error', () => undefined)
      resolve(socket)
    })
  })
}

/** `yield` waits for credit, and an iterator of a socket reads no further meanwhile. */
async function* outputOf(
  socket: Socket,
): AsyncGenerator<{ fd: 1; data: Uint8Array<ArrayBuffer> }, void, void> {
  try {
    const parts: AsyncIterable<Uint8Array<ArrayBuffer>> = socket.iterator({ destroyOnReturn: false })
    for await (const data of parts) yield { fd: 1, data }
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    // Reset by the other end: there is no more to come.
  }
}

async function feed(inputs: AsyncIterator<Chunk>, socket: Socket, signal: AbortSignal): Promise<void> {
  for (;;) {
    const { done, value } = await next(inputs, signal)
    if (done === true) break
    await new Promise<void>((resolve) => {
      socket.write(value.data, () => resolve())
    })
  }
  socket.end()
}
