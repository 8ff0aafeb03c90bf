// A relay that hides what consoles ask for: a TCP proxy before a real one that loses every envelope, and says nothing.
import { once } from 'node:events'
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net'

export class Dropper {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Envelopes lost so far. */
  dropped = 0

  private constructor(port: number) {
    this.#server = createServer((client) => {
      const relay = connect(port, '127.0.0.1')
      const filter = new Filter(() => void this.dropped++)
      client.on('data', (data: Buffer) => relay.write(filter.pass(data)))
      relay.on('data', (data: Buffer) => client.write(data))
      for (const [one, other] of [
        [client, relay],
        [relay, client],
      ] as const) {
        this.#sockets.add(one)
        one.on('close', () => other.destroy())
        // A side that ends roughly is a side that ends.
        one.on('error', () => other.destroy())
      }
    })
  }

  /** Listen, and pass everything else on to `port`. */
  static async on(port: number): Promise<Dropper> {
    const dropper = new Dropper(port)
    dropper.#server.listen(0, '127.0.0.1')
    await once(dropper.#server, 'listening')
    return dropper
  }

  get url(): string {
    const address: AddressInfo | string | null = this.#server.address()
    if (typeof address !== 'object' || address === null) throw new Error('not listening')
    return `http://127.0.0.1:${address.port}`
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
  }
}

/** What a client sends, without its envelopes: one frame of text that names the event, one of bytes after it. */
class Filter {
  readonly #lost: () => void
  #rest = Buffer.alloc(0)
  #isWebSocket = false
  #isLosing = false

  constructor(lost: () => void) {
    this.#lost = lost
  }

  pass(data: Buffer): Buffer {
    this.#rest = Buffer.concat([this.#rest, data])
    const kept: Buffer[] = []
    if (!this.#isWebSocket) {
      const end = this.#rest.indexOf('\r\n\r\n') + 4
      if (end < 4) return Buffer.alloc(0)
      this.#isWebSocket = /upgrade: websocket/i.test(this.#rest.toString('latin1', 0, end))
      kept.push(this.#take(this.#isWebSocket ? end : this.#rest.length))
    }
    while (this.#isWebSocket) {
      const frame = this.#frame()
      if (frame === undefined) break
      if (!this.#isLost(frame)) kept.push(frame)
    }
    return Buffer.concat(kept)
  }

  #isLost(frame: Buffer): boolean {
    const isBytes = (frame.readUInt8(0) & 0x0f) === 2
    if (this.#isLosing && isBytes) {
      this.#isLosing = false
      this.#lost()
      return true
    }
    const isEnvelope = !isBytes && unmasked(frame).includes('"envelope"')
    this.#isLosing ||= isEnvelope
    return isEnvelope
  }

  /** The next whole frame (RFC 6455 §5.2); what a client sends is masked. */
  #frame(): Buffer | undefined {
    const rest = this.#rest
    if (rest.length < 2 || rest.length < headOf(rest)) return undefined
    const size = headOf(rest) + lengthOf(rest)
    return rest.length < size ? undefined : this.#take(size)
  }

  #take(size: number): Buffer {
    const taken = this.#rest.subarray(0, size)
    this.#rest = this.#rest.subarray(size)
    return taken
  }
}

function shortOf(frame: Buffer): number {
  return frame.readUInt8(1) & 0x7f
}

function headOf(frame: Buffer): number {
  const short = shortOf(frame)
  return 6 + (short === 126 ? 2 : short === 127 ? 8 : 0)
}

function lengthOf(frame: Buffer): number {
  const short = shortOf(frame)
  if (short === 126) return frame.readUInt16BE(2)
  return short === 127 ? Number(frame.readBigUInt64BE(2)) : short
}

function unmasked(frame: Buffer): string {
  const head = headOf(frame)
  const mask = frame.subarray(head - 4, head)
  return Buffer.from(frame.subarray(head).map((byte, at) => byte ^ (mask[at % 4] ?? 0))).toString()
}
