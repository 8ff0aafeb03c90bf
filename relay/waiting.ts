// Bytes that wait to be sent to one connection: what engine.io has queued and what it has handed to the socket.
import type { Socket } from 'socket.io'
import { RELAY_WAITING_BYTES } from '../protocol/limits.ts'

/**
 * Counts all that is sent to `socket`, answers included; the count falls when engine.io has written it out. Whoever
 * asks and does not read is cut off at twice the cap for what others send it.
 * The queue is engine.io's `conn.writeBuffer`, not the WebSocket's own: 789 of 800 MB waited there (measured).
 */
export class Waiting {
  #queued = 0
  #inFlight = 0

  constructor({ conn }: Socket) {
    // The transport's 'drain' (written out) comes before engine.io flushes the next batch.
    conn.transport.on('drain', () => {
      this.#inFlight = 0
    })
    conn.on('packetCreate', ({ data }: { data?: unknown }) => {
      this.#queued += typeof data === 'string' || Buffer.isBuffer(data) ? data.length : 0
      if (this.bytes > 2 * RELAY_WAITING_BYTES) conn.close(true)
    })
    conn.on('flush', () => {
      this.#inFlight += this.#queued
      this.#queued = 0
    })
  }

  get bytes(): number {
    return this.#queued + this.#inFlight
  }
}
