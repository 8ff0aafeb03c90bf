// A connection to a relay as agent and console see it: Socket.IO in production, memory in tests.
import type { Bytes } from './bytes.ts'
import type { RconsoleError } from './errors.ts'
import type { Undeliverable } from './events.ts'
import type { RosterEntry, RosterPage, RosterQuery, TokensPage, TokensQuery } from './roster.ts'

/** What a link tells its owner. Events of one transport come in the order the relay sent them. */
export interface LinkEvents {
  /** Admitted: the relay takes what we send. */
  up(): void
  /** Not connected any more, or not yet; the link dials again by itself. */
  down(reason: RconsoleError): void
  envelope(from: string, body: Bytes): void
  undeliverable(what: Undeliverable): void
  gone(address: string): void
  fleet(jws: string): void
  /** To agents: an admin's statement on this machine. */
  machine(jws: string): void
  /** To agents: presences of other processes with this agent's key. */
  twins(presences: readonly string[]): void
  roster(entries: readonly RosterEntry[]): void
}

export interface Link {
  readonly isUp: boolean
  /** False when not connected: nothing is ever kept for later here, the session sends again what is missing. */
  send(to: string, body: Bytes): boolean
  /** Resolves when the relay has taken it. @throws RELAY_UNREACHABLE */
  presence(jws: string): Promise<void>
  /** @throws RELAY_UNREACHABLE */
  roster(query: RosterQuery): Promise<RosterPage>
  /** @throws RELAY_UNREACHABLE */
  tokens(query: TokensQuery): Promise<TokensPage>
  /** Round trip to the relay (ms). @throws RELAY_UNREACHABLE */
  echo(): Promise<number>
  /** Give up this transport, which does not work, and dial again. */
  restart(): void
  /** Stop for good. Resolves when what was sent has been handed to the network. */
  close(): Promise<void>
}
