// What an admitted console may ask the relay itself: which machines and tokens there are, and what it has recorded.
import type { Logger } from 'pino'
import * as v from 'valibot'
import { type AuditPage, type AuditQuery, auditQuerySchema } from '../protocol/audit.ts'
import { adminKeys } from '../protocol/fleet.ts'
import { idOf } from '../protocol/keys.ts'
import { rosterQuerySchema, tokensQuerySchema } from '../protocol/roster.ts'
import type { Audit } from './audit.ts'
import type { Registry } from './registry.ts'
import type { Roster } from './roster.ts'
import type { Peer } from './router.ts'
import type { RelaySocket } from './socket-peer.ts'

export interface ConsoleDoor {
  readonly roster: Roster
  readonly audit: Audit
  readonly registry: Registry
  readonly log: Logger
}

export function serveConsole(socket: RelaySocket, peer: Peer, door: ConsoleDoor): void {
  socket.on('roster', (query: unknown, answer: unknown) => {
    const parsed = v.safeParse(rosterQuerySchema, query)
    if (parsed.success && typeof answer === 'function') answer(door.roster.query(peer, parsed.output))
    else socket.disconnect(true)
  })
  socket.on('tokens', (query: unknown, answer: unknown) => {
    const parsed = v.safeParse(tokensQuerySchema, query)
    if (parsed.success && typeof answer === 'function') answer(door.registry.tokens(parsed.output))
    else socket.disconnect(true)
  })
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
async function pageFor(peer: Peer, query: AuditQuery, { audit, registry }: ConsoleDoor): Promise<AuditPage> {
  const { fleet } = registry
  const isAdmin = fleet !== undefined && adminKeys(fleet).includes(peer.key)
  const id = idOf(peer.key)
  return await audit.page(query, ({ who }) => isAdmin || who === id)
}
