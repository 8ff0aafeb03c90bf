// The actions under way in one session, as the console sees them: what the agent sends finds its stream.
import type { Bytes } from '../protocol/bytes.ts'
import { InvalidMessage, RconsoleError, toRconsoleError } from '../protocol/errors.ts'
import { type Data, decode, encode, type Message } from '../protocol/messages.ts'
import { Inlet, Outlet } from '../protocol/stream.ts'

/** One action under way, as the console sees it. */
export interface ConsoleStream {
  readonly id: number
  readonly inlet: Inlet
  readonly outlet: Outlet
  /** Set when it has ended well. */
  result: { readonly value: unknown } | undefined
  isOver: boolean
}

export interface StreamsEvents {
  send(message: Uint8Array): void
  /** Whether any stream is open. */
  busy(isBusy: boolean): void
  /** The agent's clock, under seal (ms). */
  clock(now: number): void
  /** The agent's fleet document: ours was older when we shook hands. */
  document(jws: string): void
  /** The conversation is over: the agent said so, or broke the rules. */
  failed(error: RconsoleError): void
}

export class Streams {
  readonly #events: StreamsEvents
  readonly #open = new Map<number, ConsoleStream>()
  #next = 1

  constructor(events: StreamsEvents) {
    this.#events = events
  }

  /** A new stream whose output may run ahead by `credit` bytes; the caller opens it at the agent. */
  add(credit: number): ConsoleStream {
    const id = this.#next++
    const send = (message: Uint8Array): void => this.#events.send(message)
    const inlet = new Inlet(id, send, credit, true)
    const stream: ConsoleStream = {
      id,
      inlet,
      outlet: new Outlet(id, send),
      result: undefined,
      isOver: false,
    }
    this.#open.set(id, stream)
    this.#events.busy(true)
    return stream
  }

  say(word: 'cancel' | 'end', stream: ConsoleStream): void {
    if (!stream.isOver) this.#events.send(encode({ t: word, s: stream.id }))
  }

  /** A message of the agent. */
  take(bytes: Bytes): void {
    try {
      this.#take(decode(bytes), bytes.length)
    } catch (error) {
      this.#events.failed(toRconsoleError(error))
    }
  }

  /** End them all. */
  end(reason: RconsoleError): void {
    for (const stream of this.#open.values()) this.#end(stream, reason)
  }

  #take(message: Message | Data, size: number): void {
    if (message.t === 'bye') {
      this.#events.failed(new RconsoleError(message.code, message.message))
      return
    }
    if (message.t === 'document') {
      this.#events.document(message.jws)
      return
    }
    const stream = this.#open.get(message.s)
    if (stream === undefined) return
    switch (message.t) {
      case 'data':
        stream.inlet.push(message.chunk, message.chunk.data.length)
        return
      case 'value':
        stream.inlet.push(message.value, size)
        return
      case 'credit':
        stream.outlet.grant(message.n)
        return
      case 'result':
        stream.result = { value: message.value }
        this.#end(stream)
        return
      case 'error':
        if (message.now !== undefined) this.#events.clock(message.now)
        this.#end(stream, new RconsoleError(message.code, message.message))
        return
      case 'open':
      case 'end':
      case 'cancel':
        throw new InvalidMessage(`a console was sent ${message.t}, which only consoles send`)
      default:
        message satisfies never
    }
  }

  #end(stream: ConsoleStream, error?: RconsoleError): void {
    stream.isOver = true
    stream.inlet.end(error)
    stream.outlet.close(error ?? new RconsoleError('GONE', 'the program has ended'))
    this.#open.delete(stream.id)
    this.#events.busy(this.#open.size > 0)
  }
}
