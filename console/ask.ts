// Calls whose output is their result.
import type { ActionName, RequestOf, ResultOf } from '../protocol/actions/index.ts'
import { RconsoleError } from '../protocol/errors.ts'
import type { Client } from './client.ts'
import type { Machine } from './machine.ts'
import { newWorkId } from './work-id.ts'

/** The result of `name`, its outputs dropped. @throws what `client.call` throws */
export async function ask<N extends ActionName>(
  client: Client,
  machine: Machine,
  name: N,
  request: RequestOf<N>,
  signal?: AbortSignal,
): Promise<ResultOf<N>> {
  const call = client.call(machine, name, request, signal === undefined ? {} : { signal })
  for (;;) {
    const { done, value } = await call.next()
    if (done === true) return value
  }
}

/** Round trips (ms): sealed to the agent and back, and plain to the relay and back. */
export async function pingBoth(
  client: Client,
  machine: Machine,
  signal?: AbortSignal,
): Promise<{ agent: number; relay: number }> {
  // The first one also shakes hands: not what is asked about.
  await ask(client, machine, 'ping', {}, signal)
  const start = performance.now()
  await ask(client, machine, 'ping', {}, signal)
  const agent = performance.now() - start
  return { agent: thousandths(agent), relay: thousandths(await client.echo()) }
}

/** What a clock of microseconds can tell (ms). */
function thousandths(ms: number): number {
  return Math.round(ms * 1000) / 1000
}

/** Give one of the three orders; what ends with it. */
export async function order(
  client: Client,
  machine: Machine,
  request: Omit<RequestOf<'lifecycle'>, 'id'>,
  signal?: AbortSignal,
): Promise<ResultOf<'lifecycle'>> {
  return await ask(client, machine, 'lifecycle', { id: newWorkId(), ...request }, signal)
}

/** Wait until `isSo` of the machine as it is now known. @throws TIMED_OUT after `ms` */
export async function waitFor(
  client: Client,
  id: string,
  isSo: (machine: Machine) => boolean,
  { ms, what, signal }: { ms: number; what: string; signal?: AbortSignal },
): Promise<Machine> {
  return await new Promise((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer)
      stop()
      signal?.removeEventListener('abort', aborted)
    }
    const look = (): void => {
      const machine = client.machines.find((known) => known.id === id)
      if (machine === undefined || !isSo(machine)) return
      settle()
      resolve(machine)
    }
    const aborted = (): void => {
      settle()
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      settle()
      reject(new RconsoleError('TIMED_OUT', `${what}: not within ${ms / 1000} s`))
    }, ms)
    const stop = client.onChange(look)
    signal?.addEventListener('abort', aborted, { once: true })
    look()
    if (signal?.aborted === true) aborted()
  })
}
