// What the fleet's signatures say, as this agent holds it: who the operators are, and what this machine is to them.
import type { Logger } from 'pino'
import { RconsoleError, toRconsoleError } from '../protocol/errors.ts'
import { adopt, authorize, type Fleet } from '../protocol/fleet.ts'
import { bringStatement } from '../protocol/http.ts'
import {
  checkSuccessor,
  claimsOf,
  fingerprint,
  type MachineBody,
  machineClaims,
  readMachine,
} from '../protocol/membership.ts'
import type { RelayUrl } from '../protocol/relay-url.ts'
import type { Labels } from '../protocol/statement.ts'
import type { AgentHome, Enrolled } from './home.ts'
import { SELDOM_MS, seldom } from './seldom.ts'

export interface DocumentsOptions {
  readonly home: AgentHome
  readonly enrolled: Enrolled
  readonly fleet: Fleet
  readonly log: Logger
}

export class Documents {
  readonly #options: DocumentsOptions
  readonly #refused: (error: unknown) => void
  #fleet: Fleet
  #machine: { readonly jws: string; readonly body: MachineBody } | undefined

  /** @throws HOME, INVALID_MESSAGE when the folder holds something else */
  constructor(options: DocumentsOptions) {
    this.#options = options
    this.#fleet = options.fleet
    this.#refused = seldom(SELDOM_MS, (skipped: number, error: unknown) => {
      const { code, message } = toRconsoleError(error)
      options.log.warn({ code, why: message, skipped }, 'statement refused')
    })
    const jws = options.home.loadMachine()
    if (jws === undefined) return
    // It was verified when it was taken, under the document of that day. One about the key before this one is history.
    const body = machineClaims(jws)
    if (body.agent === options.enrolled.identity.public) this.#machine = { jws, body }
  }

  get fleet(): Fleet {
    return this.#fleet
  }

  /** By an admin's newest word; until there is one, what the token stood for. */
  get labels(): Labels {
    return this.#machine?.body.labels ?? claimsOf(this.#options.enrolled.join).labels
  }

  /** By an admin's newest word; until there is one, what it enrolled as. */
  get name(): string {
    return this.#machine?.body.name ?? this.#options.enrolled.name
  }

  get isForgotten(): boolean {
    return this.#machine?.body.forgotten === true
  }

  /** Why nobody may do anything here yet, or any more; undefined when they may. */
  get refusal(): RconsoleError | undefined {
    const { enrolled } = this.#options
    if (this.isForgotten) return forgotten(this.name)
    const isAccepted = this.#machine?.body.accepted ?? !claimsOf(enrolled.join).approve
    if (isAccepted) return undefined
    const key = fingerprint(enrolled.identity.public)
    return new RconsoleError(
      'POLICY',
      `${this.name} waits for an admin to accept it: rconsole machine accept ${this.name} (its key is ${key})`,
    )
  }

  /** Take a newer fleet document; it is on the disk before it is obeyed. Returns whether it was one. */
  adopt(jws: string): boolean {
    return this.#take(() => {
      const { home, enrolled, log } = this.#options
      const next = adopt(this.#fleet, enrolled.fleet, jws, Math.floor(Date.now() / 1000))
      if (next === this.#fleet) return false
      home.saveFleet(next)
      this.#fleet = next
      log.info({ v: next.body.v }, 'fleet document adopted')
      return true
    })
  }

  /** Take an admin's newer statement on this machine. Returns whether it was one. */
  learn(jws: string): boolean {
    return this.#take(() => {
      const { home, enrolled, log } = this.#options
      const now = Math.floor(Date.now() / 1000)
      const body = readMachine(this.#fleet, jws, now)
      if (body.agent !== enrolled.identity.public) {
        throw new RconsoleError('BAD_SIGNATURE', 'a statement on another machine')
      }
      if (this.#machine !== undefined && body.n <= this.#machine.body.n) return false
      checkSuccessor(this.#fleet, this.#machine?.body ?? claimsOf(enrolled.join), body, now)
      // Or whoever is admin of the test machines could call a production machine one of them.
      authorize(this.#fleet, body.by, 'admin', this.labels, now)
      home.saveMachine(jws)
      this.#machine = { jws, body }
      log.info({ n: body.n }, 'statement on this machine adopted')
      return true
    })
  }

  /** To a relay that knows nothing of us, a new one or one that lost its data: each statement proves itself. */
  async introduce(relay: RelayUrl): Promise<void> {
    try {
      await bringStatement(relay, '/fleet', this.#fleet.jws)
      if (this.#machine !== undefined) await bringStatement(relay, '/machines', this.#machine.jws)
      await bringStatement(relay, '/joins', this.#options.enrolled.join)
      this.#options.log.info({ relay: relay.url }, 'told the relay who we are')
    } catch (error) {
      this.#refused(error)
    }
  }

  #take(work: () => boolean): boolean {
    try {
      return work()
    } catch (error) {
      this.#refused(error)
      return false
    }
  }
}

/** What a machine that an admin has forgotten says, and ends with. */
export function forgotten(name: string): RconsoleError {
  return new RconsoleError(
    'TOKEN',
    `an admin has forgotten ${name}: it needs a new token (rconsole token new), which makes a new key`,
  )
}
