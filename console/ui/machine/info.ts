// The last tab of a machine: what it is, what the fleet's documents say of it, and what was run here last.
import { formatAge, formatBytes } from '../../../protocol/units.ts'
import type { MachineRow } from '../fleet.ts'
import { columns } from '../glyphs.ts'
import type { Facts, RunThere } from '../insides.ts'
import { labelsText } from '../machine-columns.ts'
import type { Canvas } from '../paint.ts'
import { explain } from '../states.ts'
import type { List, ListContext, Tab } from './list.ts'
import type { Reader } from './reader.ts'

export interface InfoOptions extends Pick<ListContext, 'styles' | 'theme'> {
  readonly machine: () => MachineRow
  readonly reader: Reader<Facts>
  readonly facts: () => Facts | undefined
  readonly runs: List<RunThere>
  readonly now: () => number
}

const LABEL = 11

export class Info implements Tab {
  readonly name = 'Info'
  readonly #options: InfoOptions
  /** Where the runs begin, as of the last frame. */
  #top = 0

  constructor(options: InfoOptions) {
    this.#options = options
  }

  get list(): List<RunThere> {
    return this.#options.runs
  }

  open(): void {
    this.#ask()
    this.#options.runs.open()
  }

  close(): void {
    this.#options.runs.close()
  }

  wake(): void {
    this.#options.runs.wake()
  }

  again(): void {
    this.#ask()
    this.#options.runs.again()
  }

  clicked(y: number, x: number): void {
    if (y >= this.#top) this.#options.runs.clicked(y - this.#top, x)
  }

  paint(canvas: Canvas): void {
    const { styles, theme, runs, reader } = this.#options
    const pairs = [...this.#known(), ...this.#told()]
    const most = Math.max(1, Math.min(pairs.length, canvas.height - 4))
    for (const [y, [label, text]] of pairs.slice(0, most).entries()) {
      canvas.put({ x: 0, y }, '')
      canvas.put({ x: 1, y, width: LABEL, style: styles.of(theme().quiet) }, label)
      canvas.put({ x: 1 + LABEL, y }, text)
    }
    canvas.put(
      { x: 0, y: most, style: styles.of(theme().warn) },
      reader.failure === '' ? '' : ` ${reader.failure}`,
    )
    const y = most + 1
    this.#top = y
    runs.paint(canvas.part({ x: 0, y, width: canvas.width, height: canvas.height - y }))
  }

  #ask(): void {
    this.#options.reader.close()
    this.#options.reader.open()
  }

  /** By signatures. */
  #known(): [string, string][] {
    const machine = this.#options.machine()
    return [
      ['name', machine.name],
      ['id', machine.id],
      ['state', explain(machine, this.#options.now()).slice(machine.name.length + 2)],
      ['labels', labelsText(machine.labels) || '–'],
      ['policy', machine.policy || '–'],
      ['agent', machine.version || '–'],
      ['system', machine.os || '–'],
    ]
  }

  /** By its own word, just now. */
  #told(): [string, string][] {
    const { name, os, cpu, ram, ip = [] } = this.#options.facts() ?? {}
    const rows: [string, string][] = []
    if (name !== undefined) rows.push(['host name', name])
    if (os !== undefined)
      rows.push(
        ['kernel', `${os.product} ${os.version}, ${os.kernel}, ${os.arch}`],
        ['up', formatAge(os.uptime * 1000)],
      )
    if (cpu !== undefined) rows.push(['processor', `${cpu.model}, ${cpu.cores} cores`])
    if (ram !== undefined) rows.push(['memory', `${formatBytes(ram.used)} of ${formatBytes(ram.total)}`])
    const addresses = ip.map(({ interface: device, address }) => `${device} ${address}`)
    if (addresses.length > 0) rows.push(['addresses', addresses.join('  ')])
    return rows.filter(([, text]) => columns(text) > 0)
  }
}
