// What disks and network interfaces have moved since the machine started, and what they move now.
import { readdir } from 'node:fs/promises'
import { linesIfAny } from './read.ts'

/** Bytes; `busy` in ms. */
export interface Disk {
  readonly read: number
  readonly written: number
  readonly busy: number
}

/** Bytes; `faults` are packets that were dropped or damaged, both ways. */
export interface Interface {
  readonly received: number
  readonly sent: number
  readonly faults: number
}

/** The kernel counts sectors of this size whatever the disk's own is (bytes). */
const SECTOR = 512

/** Whole disks that have ever moved anything: their partitions would count the same bytes again. */
export async function readDisks(): Promise<Map<string, Disk>> {
  const [lines, whole] = await Promise.all([
    linesIfAny('/proc/diskstats'),
    readdir('/sys/block').catch(() => []),
  ])
  const names = new Set(whole.map((name) => name.replaceAll('!', '/')))
  return new Map([...parseDisks(lines)].filter(([name]) => names.has(name)))
}

/** Source: Documentation/admin-guide/iostats.rst of Linux. */
export function parseDisks(lines: readonly string[]): Map<string, Disk> {
  const found = new Map<string, Disk>()
  for (const line of lines) {
    const [, , name = '', ...counts] = line.trim().split(/\s+/)
    const [, , read = 0, , , , written = 0, , , busy = 0] = counts.map(Number)
    if (read + written > 0) found.set(name, { read: read * SECTOR, written: written * SECTOR, busy })
  }
  return found
}

/** All but the loopback. */
export async function readInterfaces(): Promise<Map<string, Interface>> {
  const found = parseInterfaces(await linesIfAny('/proc/net/dev'))
  found.delete('lo')
  return found
}

/** Source: proc(5). A name may stand against its first number. */
export function parseInterfaces(lines: readonly string[]): Map<string, Interface> {
  const found = new Map<string, Interface>()
  for (const line of lines) {
    const at = line.lastIndexOf(':')
    if (at < 0) continue
    const counts = line
      .slice(at + 1)
      .trim()
      .split(/\s+/)
      .map(Number)
    const [received = 0, , rxErrors = 0, rxDropped = 0, , , , , sent = 0, , txErrors = 0, txDropped = 0] =
      counts
    const faults = rxErrors + rxDropped + txErrors + txDropped
    found.set(line.slice(0, at).trim(), { received, sent, faults })
  }
  return found
}

/** What a counter gained a second, over `ms`: nothing if it was set back, as of a device that was taken out and put in. */
export function rate(before: number | undefined, after: number, ms: number): number {
  if (before === undefined || after < before || ms <= 0) return 0
  return Math.round((1000 * (after - before)) / ms)
}
