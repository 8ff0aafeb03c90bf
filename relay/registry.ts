// The statements a relay keeps: fleet document, grants, joins, machines. Each proves itself, so anyone may bring one.
import { existsSync, readFileSync } from 'node:fs'
import { join as path } from 'node:path'
import * as v from 'valibot'
import { RconsoleError } from '../protocol/errors.ts'
import { adopt, type Fleet, readFleet } from '../protocol/fleet.ts'
import { writePrivate } from '../protocol/files.ts'
import { idOf } from '../protocol/keys.ts'
import {
  checkGrantFresh,
  claimedName,
  claimsOf,
  memberOf,
  readGrant,
  readJoin,
  readMachine,
} from '../protocol/membership.ts'
import { Journal } from './journal.ts'

/** Machines one relay keeps: ten times what it is measured for. */
const MOST_MACHINES = 100_000

export interface Standing {
  readonly join: string
  readonly machine: string | undefined
}

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
  #fleet: Fleet | undefined

  /** @throws HOME, OTHER_FLEET when the folder holds something else */
  constructor(pin: string, folder: string) {
    this.#pin = pin
    this.#fleetPath = path(folder, 'fleet.jws')
    if (existsSync(this.#fleetPath)) this.#fleet = readFleet(pin, readFileSync(this.#fleetPath, 'utf8'))
    this.#grants = new Journal(path(folder, 'grants.jsonl'), v.string())
    this.#joins = new Journal(path(folder, 'joins.jsonl'), v.string())
    this.#machines = new Journal(path(folder, 'machines.jsonl'), v.string())
    for (const id of this.ids()) this.#index(id)
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
    return true
  }

  putGrant(jws: string, now: number): void {
    const fleet = this.#needFleet()
    const grant = readGrant(fleet, jws)
    checkGrantFresh(fleet, grant, now)
    this.#grants.set(grant.join, jws)
  }

  /** Enrol the agent of a join; the same join again is fine. Returns its id. @throws TOKEN_EXPIRED, TOKEN_USED, … */
  putJoin(jws: string, now: number): string {
    const fleet = this.#needFleet()
    const { join, grant } = readJoin(fleet, jws)
    const id = idOf(join.agent)
    if (this.#joins.get(id) === jws) return id
    checkGrantFresh(fleet, grant, now)
    const used = this.#uses.get(grant.join)
    if (grant.max !== undefined && used !== undefined && !used.has(id) && used.size >= grant.max) {
      throw new RconsoleError(
        'TOKEN_USED',
        `the token was good for ${grant.max} machines, all used: ask an admin for a new one`,
      )
    }
    if (this.#joins.size >= MOST_MACHINES)
      throw new RconsoleError('BUSY', `this relay keeps at most ${MOST_MACHINES} machines`)
    this.#joins.set(id, jws)
    this.#index(id)
    return id
  }

  /** Take an admin's newer statement about a machine that has joined. Returns its id. */
  putMachine(jws: string, now: number): string {
    const fleet = this.#needFleet()
    const machine = readMachine(fleet, jws)
    const id = idOf(machine.agent)
    const join = this.#joins.get(id)
    if (join === undefined) throw new RconsoleError('NOT_FOUND', `no machine ${id} has joined`)
    memberOf(fleet, join, jws, now)
    const held = this.#machines.get(id)
    if (held !== undefined && held !== jws && readMachine(fleet, held).n >= machine.n) {
      throw new RconsoleError(
        'REFUSED',
        `statement ${machine.n} about ${machine.name} is not newer than the one held`,
      )
    }
    if (held !== jws) this.#machines.set(id, jws)
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
    this.#names.set(id, machine === undefined ? name : claimedName(machine))
    this.#uses.set(joinKey, (this.#uses.get(joinKey) ?? new Set()).add(id))
  }
}
