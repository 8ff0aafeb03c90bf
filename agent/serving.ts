// One stream on the agent: pull the handler's generator, send what it yields, and turn whatever it throws into a code.
import * as v from 'valibot'
import { isChunk } from '../protocol/action.ts'
import { type ActionName, actions } from '../protocol/actions/index.ts'
import { InvalidMessage, RconsoleError, toRconsoleError } from '../protocol/errors.ts'
import { STREAM_WINDOW } from '../protocol/limits.ts'
import { encode } from '../protocol/messages.ts'
import type { Role } from '../protocol/fleet.ts'
import { explain } from '../protocol/explain.ts'
import { Inlet, Outlet } from '../protocol/stream.ts'
import { handlers } from './actions/index.ts'
import type { Permit } from './gate.ts'
import type { Context } from './handler.ts'
import type { AgentServices, Caller } from './services.ts'

export interface ServingOptions {
  readonly id: number
  readonly action: ActionName
  /** Parsed by the action's own schema. */
  readonly request: unknown
  readonly credit: number
  readonly caller: Caller
  readonly permit: Permit
  readonly services: AgentServices
  readonly send: (message: Uint8Array) => void
  /** Everything sent so far has been acknowledged, or enough time has passed. */
  readonly flushed: () => Promise<void>
}

export class Serving {
  readonly #options: ServingOptions
  readonly #inlet: Inlet
  readonly #outlet: Outlet
  readonly #controller = new AbortController()
  readonly #after: (() => void)[] = []
  /** How long it waits for a console that left (ms); undefined: as long as the session. */
  readonly grace: number | undefined
  /** The least role that may go on with it. */
  readonly role: Role

  constructor(options: ServingOptions, { grace, role }: { grace: number | undefined; role: Role }) {
    this.#options = options
    this.grace = grace
    this.role = role
    this.#inlet = new Inlet(options.id, options.send, STREAM_WINDOW, false)
    this.#outlet = new Outlet(options.id, options.send)
    this.#outlet.grant(options.credit)
  }

  grant(bytes: number): void {
    this.#outlet.grant(bytes)
  }

  /** @throws INVALID_MESSAGE when more came than was granted, or not what the action takes */
  push(value: unknown, bytes: number): void {
    const parsed = v.safeParse(actions[this.#options.action].input, value)
    if (!parsed.success) throw new InvalidMessage(`${this.#options.action}: input: ${explain(parsed.issues)}`)
    this.#inlet.push(parsed.output, bytes)
  }

  endInput(): void {
    this.#inlet.end()
  }

  /** The operator said so: end the work and answer how it ended. */
  cancel(): void {
    this.#controller.abort(new RconsoleError('CANCELLED', 'cancelled by the operator'))
  }

  /** The machine was frozen: what is only told goes on, a run is heard and hears nothing more, all else ends. */
  freeze(reason: RconsoleError): void {
    const { action } = this.#options
    if (action === 'run' || action === 'attach') this.endInput()
    else if (this.role !== 'viewer' && action !== 'freeze') this.gone(reason)
  }

  /** The console is not coming back: nobody hears an answer. */
  gone(reason: RconsoleError): void {
    this.#controller.abort(reason)
    this.#inlet.end()
    this.#outlet.close(reason)
  }

  /** Serve to the end. Never throws: whatever goes wrong is answered with a code. */
  async serve(): Promise<void> {
    const { id, action, send, services, caller } = this.#options
    const started = performance.now()
    try {
      const value = await this.#pull()
      send(encode({ t: 'result', s: id, value }))
      services.log.info(
        { action, operator: caller.name, ms: Math.round(performance.now() - started) },
        'done',
      )
    } catch (error) {
      const { code, message } = toRconsoleError(error)
      send(encode({ t: 'error', s: id, code, message: message.slice(0, 2000) }))
      services.log.warn(
        { action, operator: caller.name, code, err: code === 'INTERNAL' ? error : undefined },
        'failed',
      )
    } finally {
      this.#inlet.end()
    }
    if (this.#after.length === 0) return
    await this.#options.flushed()
    for (const effect of this.#after) effect()
  }

  async #pull(): Promise<unknown> {
    const { permit } = this.#options
    await permit.consent(this.#controller.signal)
    permit.check()
    const generator = start(this.#options.action, this.#options.request, this.#context())
    for (;;) {
      const { done, value } = await generator.next()
      if (done === true) return value
      await this.#deliver(value)
    }
  }

  async #deliver(value: unknown): Promise<void> {
    try {
      if (isChunk(value)) await this.#outlet.data(value)
      else await this.#outlet.value(value)
    } catch (error) {
      // Nobody listens any more. The generator is still pulled to its end, so that it can put its things away.
      if (!this.#controller.signal.aborted) throw error
    }
  }

  #context(): Omit<Context<ActionName>, 'input'> & { readonly input: Inlet } {
    const { services, caller } = this.#options
    return {
      signal: this.#controller.signal,
      input: this.#inlet,
      operator: caller,
      works: services.works,
      permit: this.#options.permit,
      freezer: services.restraint,
      runs: services.runs,
      lifecycle: {
        obey: (order, by) => void this.#after.push(() => services.obey(order, by)),
      },
    }
  }
}

/** The one dispatch by name: handler and request belong to the same action, which TypeScript cannot follow through
 *  a union. The request has been parsed by that action's schema, and so has every input. */
function start(name: ActionName, request: unknown, context: unknown): AsyncGenerator<unknown, unknown, void> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return handlers[name](request as never, context as never)
}
