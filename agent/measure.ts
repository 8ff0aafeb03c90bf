// What a machine is doing between two readings of its counters.
import { loadavg, uptime } from 'node:os'
import type { OutputOf, RequestOf } from '../protocol/actions/index.ts'
import { within } from './parts.ts'
import { type Processors, readProcessors, shareOf, useOf } from './proc/cpu.ts'
import { type Disk, type Interface, rate, readDisks, readInterfaces } from './proc/io.ts'
import { readMemory } from './proc/memory.ts'
import { type Mount, readMounts, roomOf } from './proc/mounts.ts'
import { cut } from './proc/read.ts'

type Metrics = OutputOf<'metrics'>
type Part<Name extends keyof Metrics> = NonNullable<Metrics[Name]>
type Asked = ReadonlySet<RequestOf<'metrics'>['fields'][number]>
export type Filesystem = Part<'filesystems'>[number]

/** Counters at one moment. */
export interface Reading {
  /** By a clock that is never set (ms). */
  readonly clock: number
  readonly processors: Processors | undefined
  readonly disks: Map<string, Disk> | undefined
  readonly interfaces: Map<string, Interface> | undefined
}

/** What the schema has room for. */
const MOST_CORES = 1024
const MOST_ROWS = 128

export async function readCounters(asked: Asked): Promise<Reading> {
  const [processors, disks, interfaces] = await Promise.all([
    asked.has('cpu') ? readProcessors() : undefined,
    asked.has('disks') ? readDisks() : undefined,
    asked.has('net') ? readInterfaces() : undefined,
  ])
  return { clock: performance.now(), processors, disks, interfaces }
}

export async function measure(asked: Asked, before: Reading, after: Reading): Promise<Metrics> {
  const over = after.clock - before.clock
  const [memory, rooms] = await Promise.all([
    asked.has('memory') ? readMemory() : undefined,
    asked.has('filesystems') ? filesystems() : undefined,
  ])
  return {
    at: Date.now(),
    over: Math.round(over),
    ...(before.processors && after.processors && { cpu: use(before.processors, after.processors) }),
    ...(asked.has('load') && { load: loadavg() }),
    ...(memory && { memory }),
    ...(before.disks && after.disks && { disks: diskRates(before.disks, after.disks, over) }),
    ...(rooms && { filesystems: within(rooms, MOST_ROWS) }),
    ...(before.interfaces &&
      after.interfaces && { net: netRates(before.interfaces, after.interfaces, over) }),
    ...(asked.has('uptime') && { uptime: uptime() }),
  }
}

/** The filesystems that have room to speak of. */
export async function filesystems(): Promise<Filesystem[]> {
  const found = await Promise.all((await readMounts()).map(described))
  return found.flat()
}

async function described(mount: Mount): Promise<Filesystem[]> {
  const size = await roomOf(mount)
  if (size === 'none') return []
  const names = {
    mount: cut(mount.path.toString(), 1024),
    device: cut(mount.device, 1024),
    type: cut(mount.type, 64),
  }
  return [{ ...names, ...(size && { size }) }]
}

function use(before: Processors, after: Processors): Part<'cpu'> {
  const [from, to] = [before.total, after.total]
  return {
    use: useOf(from, to),
    // A core that was switched on meanwhile starts from itself.
    cores: after.cores.slice(0, MOST_CORES).map((core, index) => useOf(before.cores[index] ?? core, core)),
    wait: shareOf('wait', from, to),
    steal: shareOf('steal', from, to),
  }
}

function diskRates(before: Map<string, Disk>, after: Map<string, Disk>, over: number): Part<'disks'> {
  const rows = [...after].map(([name, now]) => ({
    name: cut(name, 256),
    read: rate(before.get(name)?.read, now.read, over),
    written: rate(before.get(name)?.written, now.written, over),
    busy: Math.min(100, rate(before.get(name)?.busy, now.busy, over) / 10),
  }))
  return within(rows, MOST_ROWS)
}

function netRates(before: Map<string, Interface>, after: Map<string, Interface>, over: number): Part<'net'> {
  const rows = [...after].map(([name, now]) => ({
    name: cut(name, 256),
    received: rate(before.get(name)?.received, now.received, over),
    sent: rate(before.get(name)?.sent, now.sent, over),
    faults: rate(before.get(name)?.faults, now.faults, over),
  }))
  return within(rows, MOST_ROWS)
}
