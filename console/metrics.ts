// What machines are doing, as text: a row of a table, and the lines about one machine.
import type { OutputOf } from '../protocol/actions/index.ts'
import { clean } from '../protocol/clean.ts'
import { formatBytes, formatShare } from './units.ts'

export type Metrics = OutputOf<'metrics'>

export const METRICS_HEAD = [
  'CPU',
  'LOAD',
  'MEMORY',
  'SWAP',
  'DISK',
  'READ',
  'WRITTEN',
  'RECEIVED',
  'SENT',
] as const

/** One machine as a row; DISK is its fullest filesystem. */
export function metricsCells(metrics: Metrics | undefined): string[] {
  if (metrics === undefined) return METRICS_HEAD.map(() => '-')
  const { cpu, load, memory, disks = [], net = [], filesystems = [] } = metrics
  const shares = filesystems.flatMap(({ size }) => (size ? [size.used / (size.used + size.available)] : []))
  return [
    cpu === undefined ? '-' : `${cpu.use.toFixed(0)}%`,
    load?.[0]?.toFixed(2) ?? '-',
    memory === undefined ? '-' : formatShare(memory.used, memory.total),
    memory === undefined ? '-' : formatShare(memory.swap.used, memory.swap.total),
    shares.length === 0 ? '-' : formatShare(Math.max(...shares), 1),
    ...[sum(disks, 'read'), sum(disks, 'written'), sum(net, 'received'), sum(net, 'sent')].map(
      (bytes) => `${formatBytes(bytes)}/s`,
    ),
  ]
}

/** The lines about one machine, clean. */
export function metricsLines({
  cpu,
  load,
  memory,
  disks = [],
  net = [],
  filesystems = [],
}: Metrics): string[] {
  const lines: string[] = []
  if (cpu !== undefined) {
    const cores = cpu.cores.slice(0, 32).map((core) => `${core.toFixed(0)}%`)
    const averages = (load ?? []).map((one) => one.toFixed(2)).join(' ')
    lines.push(
      `cpu ${cpu.use.toFixed(1)}% (${cores.join(' ')})  waiting ${cpu.wait.toFixed(1)}%  stolen ${cpu.steal.toFixed(1)}%  load ${averages}`,
    )
  }
  if (memory !== undefined) {
    const { total, used, available, swap } = memory
    lines.push(
      `memory ${formatBytes(used)} of ${formatBytes(total)} (${formatShare(used, total)}), available ${formatBytes(available)}  swap ${formatBytes(swap.used)} of ${formatBytes(swap.total)}`,
    )
  }
  for (const { name, read, written, busy } of disks.slice(0, 4))
    lines.push(
      `disk ${name}  read ${formatBytes(read)}/s  written ${formatBytes(written)}/s  busy ${busy.toFixed(0)}%`,
    )
  for (const { name, received, sent, faults } of net.slice(0, 4))
    lines.push(
      `net ${name}  received ${formatBytes(received)}/s  sent ${formatBytes(sent)}/s  faults ${faults}/s`,
    )
  const fullest = filesystems
    .flatMap(({ mount, size }) => (size ? [{ mount, share: size.used / (size.used + size.available) }] : []))
    .toSorted((one, other) => other.share - one.share)
    .slice(0, 4)
  if (fullest.length > 0)
    lines.push(`full ${fullest.map(({ mount, share }) => `${mount} ${formatShare(share, 1)}`).join('  ')}`)
  return lines.map((line) => clean(line))
}

function sum<Name extends string>(rows: readonly { readonly [N in Name]: number }[], name: Name): number {
  return rows.reduce((total, row) => total + row[name], 0)
}
