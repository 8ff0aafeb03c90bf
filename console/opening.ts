// The messages that open streams at an agent: each signed by itself, and written down before it leaves.
import type { ActionName } from '../protocol/actions/index.ts'
import type { Bytes } from '../protocol/bytes.ts'
import type { ErrorCode } from '../protocol/errors.ts'
import type { Identity } from '../protocol/keys.ts'
import { encode } from '../protocol/messages.ts'
import { requestHash, signRequest } from '../protocol/request-signature.ts'
import type { AskedJournal } from './asked.ts'
import type { HeldFleet } from './held-fleet.ts'
import type { Machine } from './machine.ts'

export interface Opening {
  readonly s: number
  readonly action: ActionName
  readonly request: string
  readonly by: number
  readonly credit: number
}

export interface OpeningsOptions {
  readonly held: HeldFleet
  readonly operator: Identity
  readonly machine: Machine
  /** Keeps what was asked, and what was told. */
  readonly journal?: AskedJournal | undefined
}

export class Openings {
  readonly #options: OpeningsOptions
  /** What each stream under way was asked for, by the hash that its receipt will have. */
  readonly #hashes = new Map<number, string>()

  constructor(options: OpeningsOptions) {
    this.#options = options
  }

  /** Signed also when it rides inside a hello: the machine's receipt keeps the signature. */
  message(asked: Opening): Bytes {
    const { held, operator, machine, journal } = this.#options
    const sig = signRequest(held.fleet.body.fleet, machine.key, operator, asked)
    const hash = requestHash(asked)
    this.#hashes.set(asked.s, hash)
    journal?.asked({ machine: machine.id, action: asked.action, hash })
    return encode({ t: 'open', ...asked, sig })
  }

  /** A stream has ended: well, or with this code. */
  over(stream: number, code: ErrorCode | undefined): void {
    const hash = this.#hashes.get(stream)
    if (hash !== undefined) this.#options.journal?.told(hash, code)
    this.#hashes.delete(stream)
  }
}
