// The least a relay could be: a plain WebSocket server that pings as ours does, or, with a URL and a number, that many clients of it.
import { once } from 'node:events'
import { WebSocket, WebSocketServer } from 'ws'

const PING_MS = 25_000

const [url, count = '0'] = process.argv.slice(2)
if (url === undefined) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  setInterval(() => {
    for (const client of server.clients) client.ping()
  }, PING_MS)
  await once(server, 'listening')
  const address = server.address()
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`)
} else {
  for (let n = 0; n < Number(count); n++) {
    const client = new WebSocket(url, { perMessageDeflate: false })
    await once(client, 'open')
  }
  process.stdout.write('ready\n')
}
