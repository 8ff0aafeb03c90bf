// A relay in the hands of an attacker: admits or not, and says what a test wants it to say.
import { createServer, type Server as HttpServer } from 'node:http'
import { Server, type Socket } from 'socket.io'

/** A test of tap, as far as a fake relay needs it. */
interface Test {
  teardown(handler: () => Promise<void>): unknown
}

export interface FakeRelay {
  readonly url: string
}

/** Do `behave` with each connection. Closed with the test. */
export async function fakeRelay(t: Test, behave: (socket: Socket) => void): Promise<FakeRelay> {
  const http = createServer()
  const io = new Server(http, { transports: ['websocket'], serveClient: false })
  io.on('connection', behave)
  const url = await listen(t, http)
  t.teardown(() => io.close())
  return { url }
}

/** Listen on a free port of loopback until the test ends. */
export async function listen(t: Test, server: HttpServer): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  t.teardown(() => closed(server))
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}

async function closed(server: HttpServer): Promise<void> {
  server.closeAllConnections()
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
}
