// The statements a relay keeps: fleet document, grants, joins, machines. Each proves itself, so anyone may bring one.
import { existsSync } from 'node:fs'
import { join as path } from 'node:path'
import * as v from 'valibot'
import { RconsoleError } from '../protocol/errors.ts'
import { adopt, type Fleet } from '../protocol/fleet.ts'
import { readKeptFleet } from '../protocol/fleet-file.ts'
import { writePrivate } from '../protocol/files.ts'
import { idOf } from '../protocol/keys.ts'
import { type MachineStatements, memberOf } from '../protocol/member.ts'
import {
  checkGrantFresh,
  checkSuccessor,
  claimsOf,
  closedClaims,
  grantClaims,
  joinIn,
  type MachineBody,
  machineClaims,
  readClosed,
  readGrant,
  readJoin,
  readMachine,
  tokenId,
} from '../protocol/membership.ts'
import { MOST_MACHINES, TOKENS_PAGE, type TokensPage, type TokensQuery } from '../protocol/roster.ts'
import { Journal, readData } from './journal.ts'

/** Told of each statement that was taken and is new. */
export type Taken = (what: 'fleet' | 'grant' | 'token' | 'enrol' | 'machine', agent?: string) => void

export class Registry {
  readonly #pin: string
  readonly #fleetPath: string
  /** By join key. */
  readonly #grants: Journal<string>
  readonly #closed: Journal<string>
  /** By agent id. */
  readonly #joins: Journal<string>
  readonly #machines: Journal<string>
  /** Agents enrolled with each join key. */
  readonly #uses = new Map<string, Set<string>>()
  readonly #names = new Map<string, string>()
  readonly #taken: Taken
  /** The token that each agent came with. */
  readonly #joinKeys = new Map<string, string>()
  #fleet: Fleet | undefined

  /** @throws HOME, OTHER_FLEET when the folder holds something else */
  constructor(pin: string, folder: string, taken: Taken = () => undefined) {
    this.#pin = pin
    this.#taken = taken
    this.#fleetPath = path(folder, 'fleet.jws')
    if (existsSync(this.#fleetPath))
      this.#fleet = readKeptFleet(this.#fleetPath, pin, readData(this.#fleetPath))
    this.#grants = new Journal(path(folder, 'grants.jsonl'), v.string())
    this.#closed = new Journal(path(folder, 'closed.jsonl'), v.string())
    this.#joins = new Journal(path(folder, 'joins.jsonl'), v.string())
    this.#machines = new Journal(path(folder, 'machines.jsonl'), v.string())
    for (const id of this.ids()) {
      try {
        this.#index(id)
      } catch (cause) {
        throw new RconsoleError('HOME', `${folder}: the statements about ${id} are damaged`, { cause })
      }
    }
  }

  get fleet(): Fleet | undefined {
    return this.#fleet
  }

  /** The grant of a token that can be used. @throws TOKEN when it is closed */
  grant(joinKey: string): string | undefined {
    this.#checkOpen(joinKey)
    return this.#grants.get(joinKey)
  }

  tokens({ after }: TokensQuery): TokensPage {
    const keys = [...this.#grants.entries()].map(([key]) => key)
    const start = after === undefined ? 0 : keys.indexOf(after) + 1
    const page = keys.slice(start, start + TOKENS_PAGE)
    const tokens = page.flatMap((key) => {
      const [grant, closed] = [this.#grants.get(key), this.#closed.get(key)]
      return grant === undefined ? [] : [{ grant, ...(closed === undefined ? {} : { closed }) }]
    })
    const next = keys.length > start + page.length ? page.at(-1) : undefined
    return next === undefined ? { tokens } : { tokens, next }
  }

  standing(id: string): MachineStatements | undefined {
    const join = this.#joins.get(id)
    if (join === undefined) return undefined
    const machine = this.#machines.get(id)
    if (machine !== undefined) return { join, machine }
    const closed = this.#closed.get(this.#joinKeys.get(id) ?? '')
    return closed === undefined ? { join } : { join, closed }
  }

  /** The name by which the newest statement calls it. */
  name(id: string): string | undefined {
    return this.#names.get(id)
  }

  ids(): string[] {
    return [...this.#joins.entries()].map(([id]) => id)
  }

  /** Take a newer document. Returns whether it is one; the same again is fine. @throws what `adopt` throws */
  putFleet(jws: string, now: number): boolean {
    const held = this.#fleet
    const next = adopt(held, this.#pin, jws, now)
    if (next === held) return false
    // Compare and set: two signers who both built on the same document cannot both win (only within one set of signers).
    if (held !== undefined && held.n === next.n && next.body.prev !== held.hash) {
      throw new RconsoleError(
        'REFUSED',
        'the document was not made from the newest one: fetch it and sign again',
      )
    }
    writePrivate(this.#fleetPath, next.jws)
    this.#fleet = next
    this.#taken('fleet')
    return true
  }

  putGrant(jws: string, now: number): void {
    const fleet = this.#needFleet()
    const grant = readGrant(fleet, jws, now)
    checkGrantFresh(fleet, grant, now)
    this.#checkOpen(grant.join)
    if (this.#grants.get(grant.join) === jws) return
    this.#grants.set(grant.join, jws, { sync: true })
    this.#taken('grant')
  }

  /** Close a token for good; again is fine. Returns the machines that came with it. @throws NOT_FOUND, BAD_SIGNATURE */
  putClosed(jws: string, now: number): string[] {
    const fleet = this.#needFleet()
    const { join } = closedClaims(jws)
    const grant = this.#grants.get(join)
    if (grant === undefined) throw new RconsoleError('NOT_FOUND', 'this relay does not know the token')
    readClosed(fleet, jws, grantClaims(grant), now)
    if (this.#closed.get(join) === undefined) {
      this.#closed.set(join, jws, { sync: true })
      this.#taken('token')
    }
    return [...(this.#uses.get(join) ?? [])]
  }

  /** Enrol the agent of a join; the same join again is fine. Returns its id. @throws TOKEN, TOKEN_EXPIRED, TOKEN_USED, … */
  putJoin(jws: string, now: number): string {
    const id = idOf(claimsOf(jws).agent)
    if (this.#joins.get(id) === jws) return id
    // One that is held is only replaced by another that would do by itself.
    if (this.#joins.get(id) !== undefined || !this.#isAccepted(id, jws, now)) this.#checkUse(id, jws, now)
    if (this.#joins.size >= MOST_MACHINES) throw full()
    this.#joins.set(id, jws, { sync: true })
    this.#taken('enrol', id)
    this.#index(id)
    return id
  }

  /** An admin has signed for it: the token has done its work, whoever made it and whatever became of it since. */
  #isAccepted(id: string, join: string, now: number): boolean {
    const machine = this.#machines.get(id)
    if (machine === undefined) return false
    const fleet = this.#needFleet()
    joinIn(fleet, join)
    return memberOf(fleet, { join, machine }, now).standing === 'accepted'
  }

  /** @throws TOKEN, TOKEN_EXPIRED, TOKEN_USED, BAD_SIGNATURE */
  #checkUse(id: string, jws: string, now: number): void {
    const fleet = this.#needFleet()
    const { grant } = readJoin(fleet, jws, now)
    this.#checkOpen(grant.join)
    checkGrantFresh(fleet, grant, now)
    const used = this.#uses.get(grant.join)
    if (grant.max !== undefined && used !== undefined && !used.has(id) && used.size >= grant.max) {
      throw new RconsoleError(
        'TOKEN_USED',
        `the token was good for ${grant.max} machines, all used: ask an admin for a new one`,
      )
    }
  }

  /** @throws TOKEN */
  #checkOpen(joinKey: string): void {
    if (this.#closed.get(joinKey) === undefined) return
    throw new RconsoleError(
      'TOKEN',
      `the token ${tokenId(joinKey)} was closed: ask an admin for a new one (rconsole token new)`,
    )
  }

  /** Take an admin's newer statement about a machine, which may bring its join after it. Returns its id. */
  putMachine(jws: string, now: number): string {
    const fleet = this.#needFleet()
    const machine = readMachine(fleet, jws, now)
    const id = idOf(machine.agent)
    const held = this.#machines.get(id)
    if (held !== undefined && held !== jws) checkNewer(fleet, machineClaims(held), machine, now)
    if (held === undefined && this.#machines.size >= MOST_MACHINES) throw full()
    if (held !== jws) {
      this.#machines.set(id, jws, { sync: true })
      this.#taken('machine', id)
    }
    this.#index(id)
    return id
  }

  #needFleet(): Fleet {
    if (this.#fleet === undefined) {
      throw new RconsoleError(
        'REFUSED',
        'this relay has no fleet document yet: run `rconsole fleet publish` first',
      )
    }
    return this.#fleet
  }

  /** What is in the journals was verified when it was taken. */
  #index(id: string): void {
    const join = this.#joins.get(id)
    if (join === undefined) return
    const { name, joinKey } = claimsOf(join)
    const machine = this.#machines.get(id)
    this.#names.set(id, machine === undefined ? name : machineClaims(machine).name)
    this.#joinKeys.set(id, joinKey)
    this.#uses.set(joinKey, (this.#uses.get(joinKey) ?? new Set()).add(id))
  }
}

/** @throws REFUSED, BAD_SIGNATURE */
function checkNewer(fleet: Fleet, held: MachineBody, next: MachineBody, now: number): void {
  if (held.n >= next.n) {
    throw new RconsoleError(
      'REFUSED',
      `statement ${next.n} about ${next.name} is not newer than ${held.n}, which is held`,
    )
  }
  checkSuccessor(fleet, held, next, now)
}

function full(): RconsoleError {
  return new RconsoleError('BUSY', `this relay keeps at most ${MOST_MACHINES} machines`)
}
