// What one machine has been doing for the last minutes, in numbers that charts take.
import { formatBytes } from '../../../protocol/units.ts'
import { overTime, type Charts, type Share } from '../chart.ts'
import type { Metrics } from '../insides.ts'

/** What a chart can span (ms). */
export const WINDOWS = [60_000, 300_000, 900_000] as const
const LONGEST_MS = WINDOWS[2]
/** A rate below this fills no chart: a few bytes are not a peak (bytes/s). */
const LEAST_PEAK = 64 * 1024

interface Moment {
  readonly at: number
  readonly cpu: Share
  readonly memory: Share
  readonly io: number
  readonly net: number
}

export class Load {
  #moments: Moment[] = []
  newest: Metrics | undefined

  /** Times are those of the machine's own clock: only how far they are apart counts. */
  take(metrics: Metrics): void {
    const { at, cpu, memory, disks = [], net = [] } = metrics
    this.newest = metrics
    const moment = {
      at,
      cpu: cpu && cpu.use / 100,
      memory: memory && memory.total > 0 ? memory.used / memory.total : undefined,
      io: disks.reduce((sum, { read, written }) => sum + read + written, 0),
      net: outside(net).reduce((sum, { received, sent }) => sum + received + sent, 0),
    }
    this.#moments = [...this.#moments.filter((old) => old.at > at - LONGEST_MS), moment]
  }

  /** The rows of a chart of `what` over the last `span` ms. */
  chart(
    what: 'cpu' | 'memory' | 'io' | 'net',
    charts: Charts,
    { span, width, height }: { readonly span: number; readonly width: number; readonly height: number },
  ): string[] {
    const since = (this.#moments.at(-1)?.at ?? 0) - span
    const peak = Math.max(LEAST_PEAK, ...this.#moments.map((one) => (one.at < since ? 0 : (one[what] ?? 0))))
    const whole = what === 'io' || what === 'net' ? peak : 1
    const shares = overTime(this.#moments, { span, points: width * charts.density }, (moment) => {
      const value = moment[what]
      return value === undefined ? undefined : value / whole
    })
    return charts.area(shares, width, height)
  }
}

export function cpuTitle({ cpu, load = [] }: Metrics): string {
  const cores = cpu === undefined ? '–' : `${Math.round(cpu.use)}%  ${count(cpu.cores.length, 'core')}`
  const averages = load.length === 0 ? '' : `  load ${load.map((one) => one.toFixed(1)).join(' ')}`
  return `CPU ${cores}${averages}`
}

export function memoryTitle({ memory }: Metrics): string {
  if (memory === undefined) return 'MEM –'
  const share = memory.total > 0 ? ` ${Math.round((100 * memory.used) / memory.total)}%` : ''
  return `MEM ${formatBytes(memory.used)} of ${formatBytes(memory.total)}${share}`
}

export function swapLine({ memory }: Metrics): string {
  if (memory === undefined) return ''
  const { swap, available } = memory
  return `swap ${formatBytes(swap.used)} of ${formatBytes(swap.total)}  available ${formatBytes(available)}`
}

export function ioTitle({ disks = [] }: Metrics): string {
  const [read, written] = [sum(disks, 'read'), sum(disks, 'written')]
  const busy = Math.max(0, ...disks.map((disk) => disk.busy))
  return `DISK  r ${formatBytes(read)}/s  w ${formatBytes(written)}/s  ${Math.round(busy)}% busy`
}

export function netTitle({ net = [] }: Metrics): string {
  const [received, sent] = [sum(outside(net), 'received'), sum(outside(net), 'sent')]
  const faults = Math.round(sum(outside(net), 'faults'))
  return `NET  ▼ ${formatBytes(received)}/s  ▲ ${formatBytes(sent)}/s${faults > 0 ? `  faults ${faults}/s` : ''}`
}

type Interfaces = NonNullable<Metrics['net']>

/** What stays on the machine is no traffic. */
function outside(net: Interfaces): Interfaces {
  return net.filter(({ name }) => name !== 'lo')
}

function sum<Name extends string>(rows: readonly { readonly [N in Name]: number }[], name: Name): number {
  return rows.reduce((total, row) => total + row[name], 0)
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`
}
