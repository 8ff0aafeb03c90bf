// The statements a relay keeps: fleet document, grants, joins, machines. Each proves itself, so anyone may bring one.
import { existsSync } from 'node:fs'
import { join as path } from 'node:path'
import * as v from 'valibot'
import { RconsoleError } from '../protocol/errors.ts'
import { adopt, type Fleet } from '../protocol/fleet.ts'
import { readKeptFleet } from '../protocol/fleet-file.ts'
import { writePrivate } from '../protocol/files.ts'
import { idOf } from '../protocol/keys.ts'
import {
  type Grant,
  checkGrantFresh,
  claimsOf,
  machineClaims,
  memberOf,
  readGrant,
  readJoin,
  readMachine,
} from '../protocol/membership.ts'
import { MOST_MACHINES } from '../protocol/roster.ts'
import { Journal, readData } from './journal.ts'

export interface Standing {
  readonly join: string
  readonly machine: string | undefined
}

/** Told of each statement that was taken and is new. */
export type Taken = (what: 'fleet' | 'grant' | 'enrol' | 'machine', agent?: string) => void

export class Registry {
  readonly #pin: string
  readonly #fleetPath: string
  /** By join key. */
  readonly #grants: Journal<string>
  /** By agent id. */
  readonly #joins: Journal<string>
  readonly #machines: Journal<string>
  /** Agents enrolled with each join key. */
  readonly #uses = new Map<string, Set<string>>()
  readonly #names = new Map<string, string>()
  readonly #taken: Taken
  #fleet: Fleet | undefined

  /** @throws HOME, OTHER_FLEET when the folder holds something else */
  constructor(pin: string, folder: string, taken: Taken = () => undefined) {
    this.#pin = pin
    this.#taken = taken
    this.#fleetPath = path(folder, 'fleet.jws')
    if (existsSync(this.#fleetPath))
      this.#fleet = readKeptFleet(this.#fleetPath, pin, readData(this.#fleetPath))
    this.#grants = new Journal(path(folder, 'grants.jsonl'), v.string())
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

  grant(joinKey: string): string | undefined {
    return this.#grants.get(joinKey)
  }

  standing(id: string): Standing | undefined {
    const join = this.#joins.get(id)
    return join === undefined ? undefined : { join, machine: this.#machines.get(id) }
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
    const grant = readGrant(fleet, jws)
    checkGrantFresh(fleet, grant, now)
    if (this.#grants.get(grant.join) === jws) return
    this.#grants.set(grant.join, jws, { sync: true })
    this.#taken('grant')
  }

  /** Enrol the agent of a join; the same join again is fine. Returns its id. @throws TOKEN_EXPIRED, TOKEN_USED, … */
  putJoin(jws: string, now: number): string {
    const fleet = this.#needFleet()
    const { join, grant } = readJoin(fleet, jws)
    const id = idOf(join.agent)
    if (this.#joins.get(id) === jws) return id
    if (!this.#isAccepted(id, jws, now)) this.#checkUse(grant, id, now)
    if (this.#joins.size >= MOST_MACHINES) throw full()
    this.#joins.set(id, jws, { sync: true })
    this.#taken('enrol', id)
    this.#index(id)
    return id
  }

  /** An admin has signed for it: the token has done its work, also when this relay never saw it do so. */
  #isAccepted(id: string, join: string, now: number): boolean {
    const machine = this.#machines.get(id)
    return machine !== undefined && memberOf(this.#needFleet(), join, machine, now).standing === 'accepted'
  }

  /** @throws TOKEN_EXPIRED, TOKEN_USED */
  #checkUse(grant: Grant, id: string, now: number): void {
    checkGrantFresh(this.#needFleet(), grant, now)
    const used = this.#uses.get(grant.join)
    if (grant.max !== undefined && used !== undefined && !used.has(id) && used.size >= grant.max) {
      throw new RconsoleError(
        'TOKEN_USED',
        `the token was good for ${grant.max} machines, all used: ask an admin for a new one`,
      )
    }
  }

  /** Take an admin's newer statement about a machine, which may bring its join after it. Returns its id. */
  putMachine(jws: string, now: number): string {
    const fleet = this.#needFleet()
    const machine = readMachine(fleet, jws)
    const id = idOf(machine.agent)
    const join = this.#joins.get(id)
    if (join !== undefined) memberOf(fleet, join, jws, now)
    const held = this.#machines.get(id)
    if (held !== undefined && held !== jws && readMachine(fleet, held).n >= machine.n) {
      throw new RconsoleError(
        'REFUSED',
        `statement ${machine.n} about ${machine.name} is not newer than the one held`,
      )
    }
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
    this.#uses.set(joinKey, (this.#uses.get(joinKey) ?? new Set()).add(id))
  }
}

function full(): RconsoleError {
  return new RconsoleError('BUSY', `this relay keeps at most ${MOST_MACHINES} machines`)
}
