// Bytes that no relay of ours would send, below the events: agent and console outlive them, and dial again.
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { Duplex } from 'node:stream'
import t from 'tap'
import { dial } from '../../protocol/dial.ts'
import { identity } from '../../protocol/keys.ts'
import { PACKET_BYTES } from '../../protocol/limits.ts'
import { parseRelayUrl } from '../../protocol/relay-url.ts'
import { fakeRelay, listen } from '../fake-relay.ts'
import { until } from '../until.ts'

/** A test of tap, as far as a link needs it. */
interface Test {
  teardown(handler: () => Promise<void>): unknown
}

/** Packets of Socket.IO (type, attachments, id, JSON) that lack what its own client takes for granted, or carry too much. */
const PACKETS = [
  ['a refusal without a reason', '4'],
  ['a refusal that is not JSON', '4{'],
  ['a refusal of another type', '4[1]'],
  ['an answer without content', '30'],
  ['an answer without content, in binary', '60-0'],
  ['an event without a name', '2[]'],
  ['an event named like a property', '2["__proto__",{}]'],
  ['an event of the library itself', '2["disconnect","x"]'],
  ['a billion attachments', '51000000000-["envelope"]'],
  ['a placeholder for what is not there', '51-["envelope","A",{"_placeholder":true,"num":1000000000}]'],
  ['a nesting that no stack holds', `2["roster",${'['.repeat(50_000)}${']'.repeat(50_000)}]`],
  ['an unknown type', '9'],
  ['nothing', ''],
] as const

t.test('whatever packet comes', async (t) => {
  const ways = PACKETS.map(async ([name, packet]) => {
    let connections = 0
    const relay = await fakeRelay(t, (socket) => {
      connections++
      if (connections > 1) return
      socket.emit('welcome', { address: 'A'.repeat(20) })
      // Once it has asked something, and waits for the answer with number 0.
      socket.on('echo', () => {
        socket.conn.write(packet)
        setImmediate(() => socket.conn.close())
      })
    })
    const link = dialled(t, relay.url)
    await until(() => link.isUp, 'admitted')
    await t.rejects(link.echo(), { code: 'RELAY_UNREACHABLE' }, name)
    await until(() => connections > 1, `it dials again after ${name}`)
  })
  await Promise.all(ways)
})

t.test('a packet that is larger than any of ours ends the connection before it is read', async (t) => {
  let connections = 0
  const relay = await fakeRelay(t, (socket) => {
    connections++
    if (connections > 1) return
    socket.emit('welcome', { address: 'A'.repeat(20) })
    socket.emit('fleet', 'x'.repeat(PACKET_BYTES))
  })
  const heard: number[] = []
  dialled(t, relay.url, (jws) => heard.push(jws.length))
  await until(() => connections > 1, 'it dials again')
  t.strictSame(heard, [])
})

/** The first message of an engine.io server, and what may come in its place. */
const OPENINGS = [
  ['an opening that is not JSON', '0{'],
  ['an opening that is null', '0null'],
  ['an opening of other types', '0{"sid":[],"upgrades":1,"pingInterval":"x","pingTimeout":-1}'],
  ['a ping every day that never comes', '0{"sid":"a","upgrades":[],"pingInterval":1e300,"pingTimeout":0}'],
  ['no opening', '4'],
  ['an unknown packet', 'x'],
] as const

t.test('whatever comes in place of the opening', async (t) => {
  const ways = OPENINGS.map(async ([name, opening]) => {
    let connections = 0
    const server = createServer()
    server.on('upgrade', (request, socket: Duplex) => {
      connections++
      // It may leave first.
      socket.on('error', () => undefined)
      upgrade(socket, request.headers['sec-websocket-key'] ?? '')
      socket.end(frame(opening), () => socket.destroy())
    })
    dialled(t, await listen(t, server))
    await until(() => connections > 1, `it dials again after ${name}`, 20_000)
  })
  await Promise.all(ways)
  t.pass()
})

const nothing = (): void => undefined

function dialled(t: Test, url: string, fleet: (jws: string) => void = nothing): ReturnType<typeof dial> {
  const link = dial({
    relay: parseRelayUrl(url),
    as: 'agent',
    identity: identity(),
    fleet: 'F'.repeat(20),
    events: {
      up: nothing,
      down: nothing,
      envelope: nothing,
      undeliverable: nothing,
      gone: nothing,
      fleet,
      machine: nothing,
      roster: nothing,
      twins: nothing,
      head: nothing,
    },
  })
  t.teardown(() => link.close())
  return link
}

/** RFC 6455 §4.2.2. */
function upgrade(socket: Duplex, key: string): void {
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  )
}

/** One text frame, unmasked as servers send it. */
function frame(text: string): Buffer {
  return Buffer.concat([Buffer.of(0x81, text.length), Buffer.from(text)])
}
