// Facts about a machine as lines for a person.
import type { ResultOf } from '../protocol/actions/index.ts'
import { clean } from '../protocol/clean.ts'
import { formatBytes, formatUptime } from './units.ts'

type Facts = ResultOf<'facts'>

/** The lines of the facts that were asked for, clean. */
export function factLines({ name, os, cpu, ram, ip }: Facts): string[] {
  const lines: string[] = []
  if (name !== undefined) lines.push(name)
  if (os !== undefined) {
    lines.push(`${os.product} ${os.version}, kernel ${os.kernel}, ${os.arch}, up ${formatUptime(os.uptime)}`)
  }
  if (cpu !== undefined) lines.push(cpuLine(cpu))
  if (ram !== undefined) lines.push(ramLine(ram))
  for (const { interface: device, address } of ip ?? []) lines.push(`${device} ${address}`)
  return lines.map((line) => clean(line))
}

function cpuLine({ model, cores, load, use }: NonNullable<Facts['cpu']>): string {
  const average = load.length === 0 ? '' : `, load ${load.map((value) => value.toFixed(2)).join(' ')}`
  return `${model}, ${cores} cores${average}, ${use.toFixed(0)} % in use`
}

function ramLine({ total, used, free }: NonNullable<Facts['ram']>): string {
  const share = (bytes: number): string =>
    `${formatBytes(bytes)} (${total > 0 ? Math.round((bytes / total) * 100) : 0} %)`
  return `used ${share(used)}, free ${share(free)}, total ${formatBytes(total)}`
}
