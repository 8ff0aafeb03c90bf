// The relay's audit as an admitted console reads it: a page at a time, and of others' doings only hashes unless it is an admin's.
import type { Logger } from 'pino'
import * as v from 'valibot'
import { type AuditPage, type AuditQuery, auditQuerySchema } from '../protocol/audit.ts'
import { adminKeys } from '../protocol/fleet.ts'
import { idOf } from '../protocol/keys.ts'
import type { Audit } from './audit.ts'
import type { Registry } from './registry.ts'
import type { Peer } from './router.ts'
import type { RelaySocket } from './socket-peer.ts'

export interface AuditDoor {
  readonly audit: Audit
  readonly registry: Registry
  readonly log: Logger
}

export function serveAudit(socket: RelaySocket, peer: Peer, door: AuditDoor): void {
  let isReading = false
  socket.on('audit', (query: unknown, answer: unknown) => {
    const parsed = v.safeParse(auditQuerySchema, query)
    // One page at a time: each is read from the disk.
    if (!parsed.success || typeof answer !== 'function' || isReading) {
      socket.disconnect(true)
      return
    }
    isReading = true
    pageFor(peer, parsed.output, door)
      .then((page) => answer(page))
      .catch((error: unknown) => door.log.error({ err: error }, 'audit not read'))
      .finally(() => (isReading = false))
  })
}

/** By the document of this moment: an admin sees all; everyone else what is about themselves. */
async function pageFor(peer: Peer, query: AuditQuery, { audit, registry }: AuditDoor): Promise<AuditPage> {
  const { fleet } = registry
  const isAdmin = fleet !== undefined && adminKeys(fleet).includes(peer.key)
  const id = idOf(peer.key)
  return await audit.page(query, ({ who }) => isAdmin || who === id)
}
