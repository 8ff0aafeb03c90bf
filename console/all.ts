// Calls that answer in parts.
import type { ActionName, OutputOf, RequestOf, ResultOf } from '../protocol/actions/index.ts'
import type { Client } from './client.ts'
import type { Machine } from './machine.ts'

/** All outputs and the result of `name`. @throws what `client.call` throws */
export async function askAll<N extends ActionName>(
  client: Client,
  machine: Machine,
  name: N,
  request: RequestOf<N>,
  signal: AbortSignal,
): Promise<{ outputs: OutputOf<N>[]; result: ResultOf<N> }> {
  const outputs: OutputOf<N>[] = []
  const call = client.call(machine, name, request, { signal })
  for (;;) {
    const { done, value } = await call.next()
    if (done === true) return { outputs, result: value }
    outputs.push(value)
  }
}
