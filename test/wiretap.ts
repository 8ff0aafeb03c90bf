// A tap on the wire: a TCP proxy that keeps what WebSocket frames carry, unmasked, in both directions.
import { once } from 'node:events'
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net'

export class Wiretap {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #heard: Buffer[] = []

  private constructor(port: number) {
    this.#server = createServer((client) => {
      const relay = connect(port, '127.0.0.1')
      for (const [from, to] of [
        [client, relay],
        [relay, client],
      ] as const) {
        this.#sockets.add(from)
        const frames = new Frames((data) => this.#heard.push(data))
        from.on('data', (data: Buffer) => {
          frames.push(data)
          to.write(data)
        })
        from.on('close', () => to.destroy())
        // A side that ends roughly is a side that ends.
        from.on('error', () => to.destroy())
      }
    })
  }

  /** Listen, and pass everything on to `port`. */
  static async on(port: number): Promise<Wiretap> {
    const tap = new Wiretap(port)
    tap.#server.listen(0, '127.0.0.1')
    await once(tap.#server, 'listening')
    return tap
  }

  get url(): string {
    const address: AddressInfo | string | null = this.#server.address()
    if (typeof address !== 'object' || address === null) throw new Error('not listening')
    return `http://127.0.0.1:${address.port}`
  }

  /** Everything heard so far, HTTP heads included. */
  get heard(): Buffer {
    return Buffer.concat(this.#heard)
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
  }
}

/** Cuts one direction of a connection: an HTTP head as it is, then WebSocket frames unmasked (RFC 6455 §5.2). */
class Frames {
  readonly #take: (data: Buffer) => void
  #rest = Buffer.alloc(0)
  #isWebSocket = false

  constructor(take: (data: Buffer) => void) {
    this.#take = take
  }

  push(data: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, data])
    if (!this.#isWebSocket && !this.#head()) return
    while (this.#frame());
  }

  #head(): boolean {
    const end = this.#rest.indexOf('\r\n\r\n')
    const head = this.#rest.subarray(0, end + 4)
    if (end < 0) return false
    this.#isWebSocket = /upgrade: websocket/i.test(head.toString('latin1'))
    this.#take(this.#isWebSocket ? head : this.#rest)
    this.#rest = this.#isWebSocket ? this.#rest.subarray(end + 4) : Buffer.alloc(0)
    return this.#isWebSocket
  }

  #frame(): boolean {
    const rest = this.#rest
    if (rest.length < 2) return false
    const short = rest.readUInt8(1) & 0x7f
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0
    const isMasked = (rest.readUInt8(1) & 0x80) !== 0
    const head = 2 + lengthBytes + (isMasked ? 4 : 0)
    if (rest.length < head) return false
    const length =
      lengthBytes === 2 ? rest.readUInt16BE(2) : lengthBytes === 8 ? Number(rest.readBigUInt64BE(2)) : short
    if (rest.length < head + length) return false
    const payload = Buffer.from(rest.subarray(head, head + length))
    const mask = rest.subarray(head - 4, head)
    if (isMasked)
      for (let at = 0; at < payload.length; at++) payload[at] = (payload[at] ?? 0) ^ (mask[at % 4] ?? 0)
    this.#take(payload)
    this.#rest = rest.subarray(head + length)
    return true
  }
}
