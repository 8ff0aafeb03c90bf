// Metrics and disks of systems without /proc, from systeminformation: it starts programs, so it is only for those.
import { loadavg, uptime } from 'node:os'
import type { OutputOf, RequestOf, ResultOf } from '../protocol/actions/index.ts'
import type { Filesystem } from './measure.ts'
import { within } from './parts.ts'
import { cut } from './proc/read.ts'

type Metrics = OutputOf<'metrics'>
type Disks = ResultOf<'disks'>

/** Rates are those since the library was asked before; the first time there are none. */
export async function measureElsewhere(fields: RequestOf<'metrics'>['fields']): Promise<Metrics> {
  const si = await import('systeminformation')
  const asked = new Set(fields)
  const [cpu, memory, stats, rooms, net] = await Promise.all([
    asked.has('cpu') ? si.currentLoad() : undefined,
    asked.has('memory') ? si.mem() : undefined,
    asked.has('disks') ? si.fsStats() : undefined,
    asked.has('filesystems') ? filesystemsElsewhere() : undefined,
    asked.has('net') ? si.networkStats('*') : undefined,
  ])
  return {
    at: Date.now(),
    over: amount(stats?.ms ?? net?.[0]?.ms),
    ...(cpu && {
      cpu: {
        use: percent(cpu.currentLoad),
        cores: cpu.cpus.map(({ load }) => percent(load)),
        wait: 0,
        steal: 0,
      },
    }),
    ...(asked.has('load') && { load: process.platform === 'win32' ? [] : loadavg() }),
    ...(memory && {
      memory: {
        total: memory.total,
        used: memory.total - memory.available,
        free: memory.free,
        available: memory.available,
        swap: { total: memory.swaptotal, used: memory.swapused },
      },
    }),
    ...(asked.has('disks') && {
      disks: stats
        ? [{ name: 'all', read: amount(stats.rx_sec), written: amount(stats.wx_sec), busy: 0 }]
        : [],
    }),
    ...(rooms && { filesystems: within(rooms, 128) }),
    ...(net && {
      net: net.slice(0, 128).map((one) => ({
        name: cut(one.iface, 256),
        received: amount(one.rx_sec),
        sent: amount(one.tx_sec),
        faults: 0,
      })),
    }),
    ...(asked.has('uptime') && { uptime: uptime() }),
  }
}

export async function disksElsewhere(): Promise<Disks> {
  const { blockDevices } = await import('systeminformation')
  const [filesystems, devices] = await Promise.all([filesystemsElsewhere(), blockDevices()])
  return {
    filesystems: filesystems.slice(0, 1024),
    devices: devices.slice(0, 1024).map((one) => ({
      name: cut(one.name, 256),
      kind: one.type === 'part' ? 'part' : 'disk',
      size: amount(one.size),
      model: cut(one.model, 256),
      rotates: one.physical === 'HDD',
      readonly: false,
    })),
  }
}

async function filesystemsElsewhere(): Promise<Filesystem[]> {
  const { fsSize } = await import('systeminformation')
  return (await fsSize()).map(({ mount, fs, type, size, used, available }) => ({
    mount: cut(mount, 1024),
    device: cut(fs, 1024),
    type: cut(type, 64),
    size: { total: amount(size), used: amount(used), available: amount(available) },
  }))
}

/** The library answers null, -1 or NaN for what it does not know. */
function amount(value: number | null | undefined): number {
  return value !== null && value !== undefined && value > 0 ? value : 0
}

function percent(value: number): number {
  return Math.round(10 * Math.min(100, amount(value))) / 10
}
