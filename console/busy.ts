// How busy a machine is, in three percentages: processor, memory, its fullest filesystem.
import { LEAST_TICK_MS } from '../protocol/actions/metrics.ts'
import type { OutputOf, RequestOf } from '../protocol/actions/index.ts'
import type { Client } from './client.ts'
import type { Busy } from './filter.ts'
import type { Machine } from './machine.ts'

/** The parts of the metrics that say it, and how long the machine has been up. */
export const BUSY_FIELDS: RequestOf<'metrics'>['fields'] = ['cpu', 'memory', 'filesystems', 'uptime']

/** A value or two ahead: what is shown is never old. */
export const METRICS_CREDIT = 4096

export function busyOf({ cpu, memory, filesystems = [] }: OutputOf<'metrics'>): Busy {
  const shares = filesystems.flatMap(({ size }) =>
    size === undefined || size.used + size.available <= 0
      ? []
      : [(100 * size.used) / (size.used + size.available)],
  )
  return {
    ...(cpu && { cpu: cpu.use }),
    ...(memory && memory.total > 0 && { mem: (100 * memory.used) / memory.total }),
    ...(shares.length > 0 && { disk: Math.max(...shares) }),
  }
}

/** Ask once; it takes the machine half a second to tell. @throws what `client.call` throws */
export async function measured(
  client: Pick<Client, 'call'>,
  machine: Machine,
  signal: AbortSignal,
): Promise<Busy> {
  const request = { every: LEAST_TICK_MS, count: 1, fields: BUSY_FIELDS }
  let busy: Busy = {}
  for await (const value of client.call(machine, 'metrics', request, { signal, credit: METRICS_CREDIT }))
    busy = busyOf(value)
  return busy
}
