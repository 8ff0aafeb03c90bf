// Connections made by a machine, joined to connections of this computer.
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { InputOf } from '../protocol/actions/index.ts'
import { RconsoleError, systemCode, toRconsoleError } from '../protocol/errors.ts'
import type { Client } from './client.ts'
import type { Machine } from './machine.ts'

/** Where a machine connects to. */
export interface Destination {
  readonly host: string
  readonly port: number
}

/** A port of this computer, and where the machine takes what connects to it. */
export interface Forwarded {
  readonly bind: string
  readonly listen: number
  readonly to: Destination
}

/** `HOST:PORT`, an IPv6 address in brackets. @throws USAGE */
export function readDestination(word: string): Destination {
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(word) ?? []
  const host = bracketed ?? plain
  if (host !== undefined) return { host, port: portOf(port, word) }
  throw new RconsoleError('USAGE', `expected HOST:PORT, as the machine sees it, got ${JSON.stringify(word)}`)
}

/** `[ADDRESS:]PORT:HOST:PORT`, as ssh -L has it. @throws USAGE */
export function readForwarded(word: string): Forwarded {
  const [, bracketed, plain, listen = '', to = ''] =
    /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d{1,5}):((?:\[[^\]]+\]|[^:[\]]+):\d{1,5})$/.exec(word) ?? []
  if (to !== '')
    return {
      bind: bracketed ?? plain ?? '127.0.0.1',
      listen: portOf(listen, word, 0),
      to: readDestination(to),
    }
  throw new RconsoleError(
    'USAGE',
    `expected [ADDRESS:]PORT:HOST:PORT, like 8080:localhost:80, got ${JSON.stringify(word)}`,
  )
}

export interface Joined {
  readonly client: Client
  readonly machine: Machine
  readonly to: Destination
  readonly signal: AbortSignal
  readonly input: AsyncIterable<InputOf<'forward'>>
  write(data: Uint8Array): Promise<void>
  /** The other end sends no more. */
  ended(): void
}

/** One connection, to its end both ways. @throws NO_CONNECTION, POLICY, … */
export async function join(joined: Joined): Promise<void> {
  const { client, machine, to, signal, input } = joined
  for await (const value of client.call(machine, 'forward', { ...to }, { signal, input })) {
    if ('data' in value) await joined.write(value.data)
    else if (value.is === 'end') joined.ended()
  }
}

/** Listen, and join what connects; resolves when it listens. @throws ADDRESS_IN_USE, USAGE */
export async function listen(
  { bind, listen: port, to }: Forwarded,
  options: Pick<Joined, 'client' | 'machine' | 'signal'> & { readonly failed: (why: string) => void },
): Promise<Server> {
  const { client, machine, signal, failed } = options
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    // A connection that breaks ends its stream; there is nobody else to tell.
    socket.on('error', () => undefined)
    const over = new AbortController()
    socket.once('close', () => over.abort(new RconsoleError('CANCELLED', 'the connection is closed')))
    const joined: Joined = {
      client,
      machine,
      to,
      signal: AbortSignal.any([signal, over.signal]),
      input: inputOf(socket),
      write: async (data) => {
        if (!socket.write(data)) await Promise.race([once(socket, 'drain'), once(socket, 'close')])
      },
      ended: () => void socket.end(),
    }
    join(joined)
      .catch((error: unknown) => {
        if (!over.signal.aborted) failed(toRconsoleError(error).message)
      })
      .finally(() => socket.destroySoon())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const isTaken = systemCode(cause) === 'EADDRINUSE'
      const why = isTaken
        ? `port ${port} on ${bind} is in use`
        : `cannot listen on ${bind}:${port}: ${cause.message}`
      reject(new RconsoleError(isTaken ? 'ADDRESS_IN_USE' : 'USAGE', why, { cause }))
    })
    server.listen(port, bind, resolve)
  })
  return server
}

async function* inputOf(socket: Socket): AsyncGenerator<InputOf<'forward'>> {
  for await (const data of socket.iterator({ destroyOnReturn: false })) {
    if (data instanceof Uint8Array) yield { fd: 0, data }
  }
}

function portOf(text: string, word: string, least = 1): number {
  const port = Number(text)
  if (port >= least && port <= 65_535) return port
  throw new RconsoleError('USAGE', `expected a port up to 65535, got ${text} in ${JSON.stringify(word)}`)
}
