// The inside of one machine for the UI, over sealed streams.
import { FACTS } from '../protocol/actions/facts.ts'
import { LEAST_TICK_MS, METRICS } from '../protocol/actions/metrics.ts'
import { RconsoleError, toRconsoleError } from '../protocol/errors.ts'
import { askAll } from './all.ts'
import { ask } from './ask.ts'
import type { Client } from './client.ts'
import type { Machine } from './machine.ts'
import type {
  Facts,
  Filesystem,
  Insides,
  Metrics,
  Process,
  ProcessQuery,
  RunThere,
  Service,
  SignalWord,
  Socket,
} from './ui/insides.ts'

/** How often one machine, which somebody looks at, says what it does (ms). */
const EVERY_MS = 1_000
const PROCESSES_EVERY_MS = 2_000
/** Few values ahead: what is shown is never old (bytes). */
const CREDIT = 16_384
/** More than a screen has rows for, and little enough to come every 2 s. */
const MOST_PROCESSES = 200
const MOST_RUNS = 50

export class LiveInsides implements Insides {
  readonly #client: Client
  readonly #id: string
  /** The part of a request for processes that asks for their arguments; empty for whoever may not see them. */
  readonly #args: { readonly args?: number }

  constructor(client: Client, id: string, args: { readonly args?: number }) {
    this.#client = client
    this.#id = id
    this.#args = args
  }

  async *metrics(signal: AbortSignal): AsyncGenerator<Metrics, void, void> {
    const request = { every: Math.max(EVERY_MS, LEAST_TICK_MS), fields: [...METRICS] }
    yield* untilAborted(
      this.#client.call(this.#machine, 'metrics', request, { signal, credit: CREDIT }),
      signal,
    )
  }

  async *processes(
    { sort, filter }: ProcessQuery,
    signal: AbortSignal,
  ): AsyncGenerator<Process[], void, void> {
    const request = {
      sort,
      limit: MOST_PROCESSES,
      every: PROCESSES_EVERY_MS,
      ...(filter === '' ? {} : { filter: filter.slice(0, 256) }),
      ...this.#args,
    }
    const call = this.#client.call(this.#machine, 'processes', request, { signal, credit: CREDIT })
    let rows: Process[] = []
    for await (const { processes, total } of untilAborted(call, signal)) {
      rows.push(...processes)
      if (total === undefined) continue
      yield rows
      rows = []
    }
  }

  async filesystems(signal: AbortSignal): Promise<readonly Filesystem[]> {
    return (await ask(this.#client, this.#machine, 'disks', {}, signal)).filesystems
  }

  async sockets(signal: AbortSignal): Promise<readonly Socket[]> {
    const { outputs } = await askAll(this.#client, this.#machine, 'net', { show: 'all' }, signal)
    return outputs.flat()
  }

  async services(signal: AbortSignal): Promise<readonly Service[]> {
    const { outputs } = await askAll(this.#client, this.#machine, 'services', { do: 'list' }, signal)
    return outputs.flat()
  }

  async facts(signal: AbortSignal): Promise<Facts> {
    return await ask(this.#client, this.#machine, 'facts', { parts: [...FACTS] }, signal)
  }

  async runs(signal: AbortSignal): Promise<readonly RunThere[]> {
    return (await ask(this.#client, this.#machine, 'runs', { limit: MOST_RUNS }, signal)).runs
  }

  async signal({ pid, start }: Process, word: SignalWord): Promise<string> {
    return (await ask(this.#client, this.#machine, 'signal', { pid, start, signal: word })).name
  }

  /** @throws NOT_FOUND */
  get #machine(): Machine {
    const machine = this.#client.machine(this.#id)
    if (machine === undefined) throw new RconsoleError('NOT_FOUND', 'this machine is not known any more')
    return machine
  }
}

/** Nothing more once `signal` is aborted, and no failure either: that is what was asked for. */
async function* untilAborted<T>(
  values: AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void, void> {
  try {
    for await (const value of values) {
      if (signal.aborted) return
      yield value
    }
  } catch (error) {
    if (!signal.aborted) throw toRconsoleError(error)
  }
}
