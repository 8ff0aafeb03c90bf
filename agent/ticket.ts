// The receipt of one request under way: written before what has an effect, and again at the end of the work.
import type { Need } from '../protocol/action.ts'
import type { ErrorCode } from '../protocol/errors.ts'
import type { Outcome } from '../protocol/receipt.ts'
import type { Receipts, Request } from './receipts.ts'

/** How a program ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: string | null
  /** `done`, or why it ended otherwise. */
  readonly state?: string
}

/** What a handler may say about the receipt of its request. */
export interface WorkReceipt {
  /** The work may outlive its stream: `over` is its end, or undefined when the stream says how it went. */
  until(over: Promise<Ended | undefined>): void
}

export class Ticket implements WorkReceipt {
  readonly #receipts: Receipts
  readonly #request: Request
  /** The number of the receipt that was written before; none for what has no effect. */
  readonly #started: number | undefined
  #over: Promise<Ended | undefined> | undefined;
  /** Bytes of input that came, and of output that were sent. */
  in = 0
  out = 0

  /** @throws DISK_FULL: what has an effect and cannot be recorded is not done */
  constructor(receipts: Receipts, request: Request, { role }: Need) {
    this.#receipts = receipts
    this.#request = request
    this.#started = role === 'viewer' ? undefined : receipts.started(request)
  }

  until(over: Promise<Ended | undefined>): void {
    this.#over = over
  }

  /** The stream ended well, with this result. */
  async done(result: unknown): Promise<void> {
    await this.#end({ word: 'done', ...programEnd(result) })
  }

  async failed(code: ErrorCode): Promise<void> {
    await this.#end({ word: 'failed', code })
  }

  async #end(outcome: Outcome): Promise<void> {
    const over = await this.#over
    const whole = over === undefined ? outcome : { word: 'done' as const, ...programEnd(over) }
    const counted = { ...whole, in: this.in, out: this.out }
    if (this.#started === undefined) this.#receipts.noted(this.#request, counted)
    else this.#receipts.ended(this.#started, counted)
  }
}

/** The fields of a result that say how a program ended; none for an action that is not a program. */
function programEnd(result: unknown): Pick<Outcome, 'status' | 'signal' | 'ended'> {
  if (typeof result !== 'object' || result === null || !('code' in result) || !('signal' in result)) return {}
  const { code, signal } = result
  const state = 'state' in result && typeof result.state === 'string' ? result.state : 'done'
  return {
    status: typeof code === 'number' ? code : null,
    signal: typeof signal === 'string' ? signal : null,
    ...(state !== 'done' && { ended: state }),
  }
}
