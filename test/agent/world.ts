// An agent's handlers without an agent: a context made by hand, and what a console would have seen.
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ActionName, InputOf, OutputOf } from '../../protocol/actions/index.ts'
import type { ErrorCode } from '../../protocol/errors.ts'
import { RconsoleError } from '../../protocol/errors.ts'
import type { Permit } from '../../agent/gate.ts'
import type { Context } from '../../agent/handler.ts'
import { newRuns } from './runs-world.ts'

/** Tests run compiled from dist; fixtures are not copied there. */
export const fixture = (name: string) => join(process.cwd(), 'test', 'fixtures', name)

export const newId = () => randomBytes(16).toString('base64url')

/** An input one can push to; released when its reader has let go of it. */
export class Inputs<T> {
  released = false
  readonly #values: T[] = []
  #ended = false
  #wake: () => void = () => undefined

  push(...values: T[]): void {
    this.#values.push(...values)
    this.#wake()
  }

  end(): void {
    this.#ended = true
    this.#wake()
  }

  get waiting(): number {
    return this.#values.length
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return {
      next: async () => {
        while (this.#values.length === 0 && !this.#ended) {
          await new Promise<void>((resolve) => (this.#wake = resolve))
        }
        const value = this.#values.shift()
        return value === undefined ? { done: true, value } : { done: false, value }
      },
      return: async () => {
        this.released = true
        this.end()
        return { done: true, value: undefined }
      },
    }
  }
}

/** Nothing of an owner's is in the way. */
export const FREE: Permit = {
  timeout: undefined,
  output: undefined,
  keepsOutput: true,
  consent: () => Promise.resolve(),
  check: () => undefined,
  room: () => undefined,
}

export function newContext<N extends ActionName>(runs = newRuns().runs, permit: Partial<Permit> = {}) {
  const controller = new AbortController()
  const input = new Inputs<InputOf<N>>()
  const context: Context<N> = {
    signal: controller.signal,
    input,
    operator: { name: 'alice', key: 'key-of-alice' },
    works: runs.works,
    runs,
    lifecycle: { obey: () => undefined },
    permit: { ...FREE, ...permit },
    freezer: { frozen: undefined, freeze: () => undefined, unfreeze: () => undefined },
  }
  const abort = (code: ErrorCode) => controller.abort(new RconsoleError(code, 'said the test'))
  return { context, input, abort, works: context.works }
}

/** All outputs and the result of a handler. */
export async function collect<R>(outputs: AsyncGenerator<OutputOf<'run'>, R, void>) {
  const chunks: { 1: Uint8Array[]; 2: Uint8Array[] } = { 1: [], 2: [] }
  let next = await outputs.next()
  const others: unknown[] = []
  for (; !next.done; next = await outputs.next()) {
    if ('data' in next.value) chunks[next.value.fd].push(next.value.data)
    else others.push(next.value)
  }
  const [stdout, stderr] = [Buffer.concat(chunks[1]), Buffer.concat(chunks[2])]
  return { stdout, stderr, result: next.value, chunks, others }
}

/** The processes that carry this run's id. */
export function processesOf(id: string): string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isOf(name, id))
}

function isOf(pid: string, id: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`RAGENT_RUN=${id}`)
  } catch {
    // It died while we looked.
    return false
  }
}
