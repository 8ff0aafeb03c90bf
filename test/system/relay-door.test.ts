// The relay's own door: whoever has not proved who they are is few, small, and not for long.
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { io } from 'socket.io-client'
import t from 'tap'
import { UNADMITTED_BYTES, UNADMITTED_COUNT } from '../../protocol/limits.ts'
import { until } from '../until.ts'
import { world } from '../world.ts'

/** A test of tap, as far as a slow client needs it. */
interface Test {
  teardown(handler: () => void): unknown
}

const PATHS = ['/', '/healthz', '/fleet', '/grants/x', '/nothing']

t.test('at the door of a relay', async (t) => {
  const w = await world(t, 'web-1')
  const port = Number(new URL(w.url).port)
  const works = async (): Promise<void> => {
    t.equal(await w.ok(['run', 'web-1', '-n', '--', 'echo', 'fine']), 'fine\n', 'and the fleet works on')
  }

  // Both take their ten and fifteen seconds while the rest is tried.
  const slowly = dribbled(t, port, 'GET /fleet HTTP/1.1\r\nHost: x\r\n', 'X-Slow: 1\r\n')
  const slowBody = dribbled(t, port, 'PUT /fleet HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n', 'x')

  await t.test('27. a browser is refused on every path and method, and nothing else is served', async (t) => {
    for (const path of PATHS) {
      t.equal(await status(port, path, { origin: 'https://evil.example' }), 403, `${path} from a page`)
    }
    for (const method of ['PUT', 'OPTIONS', 'POST'])
      t.equal(await status(port, '/fleet', { origin: 'null' }, method), 403, `${method} from a page`)
    const upgrade = await status(port, '/socket.io/?EIO=4&transport=websocket', { origin: 'null' })
    t.equal(upgrade, 400, 'a WebSocket of a page')
    t.equal(await status(port, '/socket.io/?EIO=4&transport=websocket'), 101, 'and one of a program')
    t.equal(await status(port, '/nothing'), 404)
    t.equal(await status(port, '/fleet', {}, 'DELETE'), 404)
    t.equal(await status(port, '/socket.io/?EIO=4&transport=polling'), 400)
    t.equal(await status(port, '/fleet', { 'x-long': 'x'.repeat(9 * 1024) }), 431, 'headers of 9 KiB')
  })

  await t.test('security headers are on every answer', async (t) => {
    for (const path of ['/', '/healthz', '/fleet', '/nothing']) {
      const { headers } = await fetch(`${w.url}${path}`)
      t.equal(headers.get('x-content-type-options'), 'nosniff', path)
      t.equal(headers.get('cache-control'), 'no-store', path)
      t.equal(headers.get('content-security-policy'), "default-src 'none'", path)
      t.match(headers.get('strict-transport-security'), /max-age/, path)
    }
  })

  await t.test('no connection is compressed, whatever it offers', async (t) => {
    const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }
    const headers = { ...upgrade, 'sec-websocket-key': `${'A'.repeat(22)}==` }
    const asked = request({
      port,
      host: '127.0.0.1',
      path: '/socket.io/?EIO=4&transport=websocket',
      headers: { ...headers, 'sec-websocket-extensions': 'permessage-deflate; client_max_window_bits' },
    })
    // 234 KiB for each instead of 17, and sealed bytes do not shrink.
    const extensions = await new Promise((resolve, reject) => {
      asked.on('upgrade', (answer, socket) => {
        socket.destroy()
        resolve(answer.headers['sec-websocket-extensions'] ?? 'none')
      })
      asked.on('error', reject)
      asked.end()
    })
    t.equal(extensions, 'none')
  })

  await t.test('25. a large packet before admission ends the connection', async (t) => {
    const socket = io(w.url, { transports: ['websocket'], reconnection: false, forceNew: true })
    t.teardown(() => void socket.close())
    await new Promise<void>((resolve) => {
      socket.once('challenge', () => resolve())
    })
    const closed = new Promise((resolve) => {
      socket.once('disconnect', resolve)
    })
    socket.emit('envelope', 'x'.repeat(UNADMITTED_BYTES + 1))
    t.ok(await closed)
  })

  await t.test('28. packets that promise attachments end the connection, not the relay', async (t) => {
    const packets = [
      '51-["envelope",{"_placeholder":true,"num":1000000000}]',
      '51000000000-["envelope"]',
      '5x',
      '2[]',
    ]
    for (const packet of packets) {
      const socket = io(w.url, { transports: ['websocket'], reconnection: false, forceNew: true })
      t.teardown(() => void socket.close())
      await new Promise<void>((resolve) => {
        socket.once('challenge', () => resolve())
      })
      socket.io.engine.write(packet)
      socket.io.engine.write(Buffer.alloc(1000))
    }
    t.equal(await status(port, '/healthz'), 200)
  })

  await t.test('25. idle strangers fill a room of their own, and leave after ten seconds', async (t) => {
    const strangers = Array.from({ length: UNADMITTED_COUNT }, () => stranger(port))
    t.teardown(() => strangers.forEach((socket) => socket.destroy()))
    await until(() => strangers.every(({ bytesRead }) => bytesRead > 0), 'all of them connected', 60_000)
    await works()
    await until(() => strangers.every(({ destroyed }) => destroyed), 'all of them thrown out', 60_000)
  })

  await t.test('26. a head or a body that never ends is cut, by node itself', async (t) => {
    await Promise.all([slowly, slowBody])
    t.pass()
  })

  await works()
})

/** The status of one request, made by node itself, which adds nothing. */
async function status(
  port: number,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<number> {
  return await new Promise((resolve, reject) => {
    const upgrade = path.includes('websocket')
      ? {
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': 'A'.repeat(22) + '==',
        }
      : {}
    const asked = request({ port, host: '127.0.0.1', path, method, headers: { ...upgrade, ...headers } })
    asked.on('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    asked.on('upgrade', (_, socket) => {
      socket.destroy()
      resolve(101)
    })
    asked.on('error', reject)
    asked.end()
  })
}

/** Send `head`, then `more` twice a second; resolves when the relay has had enough. */
async function dribbled(t: Test, port: number, head: string, more: string): Promise<void> {
  const slow = connect(port, '127.0.0.1')
  slow.on('error', () => undefined)
  slow.write(head)
  const timer = setInterval(() => slow.write(more), 500)
  t.teardown(() => clearInterval(timer))
  slow.resume()
  await new Promise<void>((resolve) => {
    slow.once('close', () => resolve())
  })
}

/** A connection that shakes hands as a WebSocket and then says nothing. */
function stranger(port: number): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.resume()
  socket.write(
    'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  )
  return socket
}
