// Bytes that wait to be sent to one connection: what engine.io has queued and what it has handed to the socket.
import type { Socket } from 'socket.io'

/**
 * Counts what is emitted to `socket`. Add each packet's size just before it is emitted; the count falls when engine.io has written it out.
 * The queue is engine.io's `conn.writeBuffer`, not the WebSocket's own: 789 of 800 MB waited there (measured).
 */
export class Waiting {
  #queued = 0
  #inFlight = 0

  constructor(socket: Socket) {
    const { conn } = socket
    // The transport's 'drain' (written out) comes before engine.io flushes the next batch.
    conn.transport.on('drain', () => {
      this.#inFlight = 0
    })
    conn.on('flush', () => {
      this.#inFlight += this.#queued
      this.#queued = 0
    })
  }

  get bytes(): number {
    return this.#queued + this.#inFlight
  }

  add(bytes: number): void {
    this.#queued += bytes
  }
}
