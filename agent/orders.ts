// The three orders, as they take effect: each once, one after the other, and kill before all that wait.
import type { Logger } from 'pino'
import type { RequestOf } from '../protocol/actions/index.ts'
import { RconsoleError } from '../protocol/errors.ts'
import type { LifecycleEvent } from '../protocol/presence.ts'
import type { Caller } from './services.ts'
import type { Works } from './works.ts'

/** Orders that have been obeyed, so that one given twice takes effect once. */
const MOST_ORDERS = 10_000

export type Order = RequestOf<'lifecycle'>

/** How an agent ended: `restart` asks the service for a new process. */
export type AgentEnd = 'stopped' | 'killed' | 'restart' | 'forgotten'

/** What an agent does about itself. */
export interface Steps {
  /** The end, for this reason. */
  leave(end: AgentEnd, event: LifecycleEvent): Promise<void>
  /** A new boot in the same process. */
  reset(event: LifecycleEvent): Promise<void>
  /** Leave the relay, and dial in again after `ms`. */
  away(event: LifecycleEvent, ms: number): Promise<void>
  /** End the sessions of one operator, or all. */
  endSessions(reason: RconsoleError, operator?: string): void
}

export class Orders {
  readonly #steps: Steps
  readonly #works: Works
  readonly #log: Logger
  readonly #known = new Set<string>()
  /** Two that both leave would both dial in again, and be a duplicate. */
  #obeying: Promise<void> = Promise.resolve()

  constructor(steps: Steps, works: Works, log: Logger) {
    this.#steps = steps
    this.#works = works
    this.#log = log
  }

  take(order: Order, by: Caller): void {
    if (this.#known.has(order.id)) return
    if (this.#known.size >= MOST_ORDERS) this.#known.clear()
    this.#known.add(order.id)
    this.#log.info({ word: order.word, by: by.name }, 'obeying')
    const before = order.word === 'kill' ? Promise.resolve() : this.#obeying
    this.#obeying = before
      .then(() => this.#obey(order, by))
      .catch((error: unknown) => this.#log.error({ err: error }, 'an order failed'))
  }

  async #obey(order: Order, by: Caller): Promise<void> {
    const event: LifecycleEvent = { word: order.word, by: by.name, at: Math.floor(Date.now() / 1000) }
    switch (order.word) {
      case 'kill':
        await this.#steps.leave('killed', event)
        return
      case 'reset':
        if (order.killRuns === true) await this.#works.end('run', `reset by ${by.name}`)
        if (order.restart === true) await this.#steps.leave('restart', event)
        else await this.#steps.reset(event)
        return
      case 'disconnect':
        await this.#disconnect(order, by, event)
        return
      default:
        order.word satisfies never
    }
  }

  async #disconnect(order: Order, by: Caller, event: LifecycleEvent): Promise<void> {
    const whose = order.for === undefined ? by.key : undefined
    this.#steps.endSessions(new RconsoleError('GONE', `disconnected by ${by.name}`), whose)
    if (order.killRuns === true) await this.#works.end('run', `disconnected by ${by.name}`, whose)
    if (order.for !== undefined) await this.#steps.away(event, order.for)
  }
}
