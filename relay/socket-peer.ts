// One Socket.IO connection as the router sees it.
import type { Socket } from 'socket.io'
import { PROTOCOL } from '../protocol/envelope.ts'
import { RconsoleError } from '../protocol/errors.ts'
import type { ClientToRelay, RelayToClient } from '../protocol/events.ts'
import type { Admitted } from './admission.ts'
import type { Peer } from './router.ts'
import { Waiting } from './waiting.ts'

export type RelaySocket = Socket<ClientToRelay, RelayToClient>
export type Connection = RelaySocket['conn']

/** @throws PROTOCOL_VERSION */
export function checkProtocol(theirs: unknown): void {
  if (theirs === PROTOCOL) return
  throw new RconsoleError(
    'PROTOCOL_VERSION',
    `this relay speaks protocol ${PROTOCOL}, you speak ${JSON.stringify(theirs)?.slice(0, 20)}: update the older one`,
  )
}

export function socketPeer(socket: RelaySocket, address: string, { as, key }: Admitted): Peer {
  const waiting = new Waiting(socket)
  return {
    address,
    as,
    key,
    emit(event, ...args) {
      socket.emit(event, ...args)
    },
    waiting: () => waiting.bytes,
    close(reason) {
      // Who does not read would not read a goodbye either, and what waits for it is what it is closed for.
      if (reason === 'SLOW') socket.conn.close(true)
      else socket.disconnect(true)
    },
  }
}
