// Connections that have not been admitted: few, small, and not for long.
import { UNADMITTED_BYTES, UNADMITTED_COUNT, UNADMITTED_MS } from '../protocol/limits.ts'
import type { Connection } from './socket-peer.ts'

export class Unadmitted {
  /** How to stop watching each. */
  readonly #settle = new Map<Connection, () => void>()

  /** From its first byte on, until its answer is right, a connection may send small packets and live ten seconds. */
  watch(conn: Connection): void {
    const deadline = setTimeout(() => conn.close(true), UNADMITTED_MS)
    const bound = (packet: { data?: unknown }): void => {
      const size = typeof packet.data === 'string' || Buffer.isBuffer(packet.data) ? packet.data.length : 0
      if (size > UNADMITTED_BYTES) conn.close(true)
    }
    const settled = (): void => {
      clearTimeout(deadline)
      conn.off('packet', bound)
      this.#settle.delete(conn)
    }
    conn.on('packet', bound)
    conn.once('close', settled)
    this.#settle.set(conn, settled)
    this.#makeRoom()
  }

  /** The oldest goes first: who means it answers in a moment, and nobody can hold the door shut by waiting in it. */
  #makeRoom(): void {
    const [oldest] = this.#settle.size > UNADMITTED_COUNT ? this.#settle.keys() : []
    oldest?.close(true)
  }

  /** It was admitted: no longer watched. */
  settle(conn: Connection): void {
    this.#settle.get(conn)?.()
  }
}
