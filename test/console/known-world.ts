// Machines as a relay shows them to a console, and the home in which it remembers what it has seen.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { HeldFleet } from '../../console/held-fleet.ts'
import { KnownMachines } from '../../console/known-machines.ts'
import type { Machine } from '../../console/machine.ts'
import { Pins } from '../../console/pins.ts'
import { toBase64url } from '../../protocol/bytes.ts'
import { type Identity, idOf } from '../../protocol/keys.ts'
import { type Grant, issueMachine, type MachineBody } from '../../protocol/membership.ts'
import { issuePresence } from '../../protocol/presence.ts'
import type { RosterEntry } from '../../protocol/roster.ts'
import { issue } from '../../protocol/statement.ts'
import { enrol, newFleet, YEAR } from '../protocol/world.ts'

export const now = Math.floor(Date.now() / 1000)
export const fleet = newFleet(now)
export const prekey = toBase64url(Buffer.concat([Buffer.of(9), Buffer.alloc(31)]))

/** A file of pins, and how a new console process begins. */
export function home(t: Test): {
  path: string
  start: (document?: ReturnType<typeof fleet.document>) => KnownMachines
  pins: Pins[]
} {
  const folder = mkdtempSync(join(tmpdir(), 'rconsole-pins-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'seen.json')
  const pins: Pins[] = []
  const start = (document = fleet.document()): KnownMachines => {
    pins.at(-1)?.save()
    const next = new Pins(path)
    pins.push(next)
    return new KnownMachines(new HeldFleet(document, () => undefined), next)
  }
  return { path, start, pins }
}

export interface Joined {
  readonly agent: Identity
  readonly joinKey: string
  readonly entry: RosterEntry
}

export function joined(name = 'web-1', grant: Partial<Grant> = {}): Joined {
  const { agent, token, join } = enrol(fleet, { iat: now, exp: now + 3600, ...grant }, name)
  const entry = { id: idOf(agent.public), join, online: true, since: now * 1000, copies: 1 }
  return { agent, joinKey: token.public, entry: { ...entry, presence: presence(agent, now) } }
}

export function presence(agent: Identity, iat: number, more: object = {}): string {
  const body = {
    fleet: fleet.pin,
    agent: agent.public,
    proto: 1,
    pre: prekey,
    boot: 'b'.repeat(22),
    iat,
    host: 'host-a',
    os: 'os',
    ver: '1',
    policy: { mode: 'full' },
  }
  issuePresence(agent, body)
  return issue('presence', agent, { ...body, ...more })
}

export function word({ agent }: Joined, more: Partial<MachineBody> = {}, by = fleet.admin): string {
  const body = {
    fleet: fleet.pin,
    agent: agent.public,
    by: by.public,
    n: 1,
    name: 'web-1',
    labels: { env: 'prod' },
  }
  return issueMachine(by, { ...body, exp: now + YEAR, accepted: true, ...more })
}

export const only = (machines: readonly Machine[]): Machine | undefined => machines[0]
