// The first tab of a machine: what it does as charts, its processes below them, its filesystems and facts at the foot.
import { formatBytes } from '../../../protocol/units.ts'
import type { Charts } from '../chart.ts'
import type { Facts, Metrics, Process } from '../insides.ts'
import type { Canvas } from '../paint.ts'
import { age } from '../states.ts'
import type { List, ListContext, Tab } from './list.ts'
import { cpuTitle, ioTitle, type Load, memoryTitle, netTitle, swapLine } from './load.ts'
import type { Reader } from './reader.ts'

export interface OverviewOptions extends Pick<ListContext, 'styles' | 'theme'> {
  readonly load: Load
  readonly charts: Charts
  readonly processes: List<Process>
  readonly metrics: Reader<Metrics>
  readonly facts: () => Facts | undefined
  /** What a chart spans (ms). */
  readonly span: () => number
  /** What the fleet's documents say of the machine, in one line. */
  readonly about: () => string
}

/** From so many rows on charts are higher, and every core has a bar. */
const TALL = 30
/** Bars of cores in one row. */
const CORES = 4
const FILESYSTEMS = 3

export class Overview implements Tab {
  readonly name = 'Overview'
  readonly #options: OverviewOptions
  /** Where the processes begin, as of the last frame. */
  #top = 0

  constructor(options: OverviewOptions) {
    this.#options = options
  }

  get list(): List<Process> {
    return this.#options.processes
  }

  open(): void {
    this.#options.metrics.open()
    this.#options.processes.open()
  }

  close(): void {
    this.#options.metrics.close()
    this.#options.processes.close()
  }

  wake(): void {
    this.#options.metrics.wake()
    this.#options.processes.wake()
  }

  again(): void {
    this.#options.processes.again()
  }

  clicked(y: number, x: number): void {
    if (y >= this.#top) this.#options.processes.clicked(y - this.#top, x)
  }

  paint(canvas: Canvas): void {
    const { load, metrics, processes } = this.#options
    const isTall = canvas.height >= TALL
    const high = isTall ? 4 : 2
    const cores = isTall ? Math.min(4, Math.ceil((load.newest?.cpu?.cores.length ?? 0) / CORES)) : 0
    const upper = 1 + high + Math.max(cores, isTall ? 1 : 0)
    const lower = isTall ? 3 + FILESYSTEMS : 2
    const top = upper + lower + 1
    this.#top = top
    for (let y = 0; y < top; y++) canvas.put({ x: 0, y }, '')
    if (load.newest === undefined)
      this.#line(canvas, 1, metrics.failure === '' ? 'Asking …' : metrics.failure)
    else this.#paintCharts(canvas, load.newest, { high, upper, lower, isTall })
    this.#rule(
      canvas,
      top - 1,
      load.newest === undefined ? undefined : Math.floor((canvas.width - 3) / 2) + 1,
    )
    const foot = isTall ? 1 : 2
    const height = Math.max(1, canvas.height - top - foot)
    processes.paint(canvas.part({ x: 0, y: top, width: canvas.width, height }))
    if (!isTall) this.#line(canvas, canvas.height - 2, this.#rooms(load.newest).join('   '))
    this.#line(canvas, canvas.height - 1, this.#aboutLine(), true)
  }

  #paintCharts(
    canvas: Canvas,
    metrics: Metrics,
    { high, upper, lower, isTall }: { high: number; upper: number; lower: number; isTall: boolean },
  ): void {
    const half = Math.floor((canvas.width - 3) / 2)
    const part = (x: number, y: number, height: number): Canvas => canvas.part({ x, y, width: half, height })
    const right = half + 3
    const { charts } = this.#options
    this.#block(part(1, 0, upper), cpuTitle(metrics), 'cpu', high)
    this.#block(part(right, 0, upper), memoryTitle(metrics), 'memory', isTall ? high : high - 1)
    const memory = metrics.memory
    if (memory !== undefined && isTall)
      part(right, upper - 1, 1).put({ x: 0, y: 0 }, charts.bar(memory.used / Math.max(1, memory.total), half))
    else part(right, upper - 1, 1).put({ x: 0, y: 0 }, swapLine(metrics))
    if (isTall) this.#cores(part(1, 1 + high, upper - high - 1), metrics)
    this.#block(part(1, upper, lower), ioTitle(metrics), 'io', isTall ? 2 : 1)
    this.#block(part(right, upper, lower), netTitle(metrics), 'net', isTall ? 2 : 1)
    if (isTall)
      for (const [index, line] of this.#rooms(metrics).slice(0, FILESYSTEMS).entries())
        part(1, upper + 3 + index, 1).put({ x: 0, y: 0 }, line)
    const border = this.#options.styles.of(this.#options.theme().border)
    for (let y = 0; y < upper + lower; y++) canvas.put({ x: right - 2, y, width: 1, style: border }, '│')
  }

  #block(canvas: Canvas, title: string, what: 'cpu' | 'memory' | 'io' | 'net', height: number): void {
    const { load, charts, span, styles, theme } = this.#options
    canvas.put({ x: 0, y: 0, style: styles.of(theme().title) }, title)
    const style = styles.of(theme().chart)
    const rows = load.chart(what, charts, { span: span(), width: canvas.width, height })
    for (const [index, row] of rows.entries()) canvas.put({ x: 0, y: index + 1, style }, row)
  }

  #cores(canvas: Canvas, { cpu }: Metrics): void {
    const width = Math.floor(canvas.width / CORES)
    for (const [core, use] of (cpu?.cores ?? []).entries()) {
      const place = { x: (core % CORES) * width, y: Math.floor(core / CORES), width: width - 1 }
      const label = `${core} `.padStart(3)
      canvas.put(place, label + this.#options.charts.bar(use / 100, width - 1 - label.length))
    }
  }

  /** The fullest filesystems, each with a bar. */
  #rooms(metrics: Metrics | undefined): string[] {
    const rooms = (metrics?.filesystems ?? []).flatMap(({ mount, size }) =>
      size === undefined || size.used + size.available <= 0
        ? []
        : [{ mount, size, share: size.used / (size.used + size.available) }],
    )
    return rooms
      .toSorted((one, other) => other.share - one.share)
      .map(({ mount, size, share }) => {
        const percent = `${Math.ceil(share * 100)}%`
        return `${mount} ${percent} ${this.#options.charts.bar(share, 12)} ${formatBytes(size.used)} of ${formatBytes(size.total)}`
      })
  }

  #aboutLine(): string {
    const { os, cpu, ip = [] } = this.#options.facts() ?? {}
    const address = ip.find(({ family }) => family === 4)?.address
    const words = [
      os && `${os.product} ${os.version} · ${os.kernel}`,
      cpu?.model,
      os && `up ${age(os.uptime * 1000)}`,
      address,
      this.#options.about(),
    ]
    return words.filter((word) => word !== undefined && word !== '').join(' · ')
  }

  /** `joint`: where the line between the charts ends on it. */
  #rule(canvas: Canvas, y: number, joint: number | undefined): void {
    const { styles, theme } = this.#options
    const style = styles.of(theme().border)
    canvas.put({ x: 0, y, style }, '─'.repeat(canvas.width))
    if (joint !== undefined) canvas.put({ x: joint, y, width: 1, style }, '┴')
  }

  #line(canvas: Canvas, y: number, text: string, isQuiet = false): void {
    const { styles, theme } = this.#options
    canvas.put({ x: 0, y, style: styles.of(isQuiet ? theme().quiet : {}) }, ` ${text}`)
  }
}
