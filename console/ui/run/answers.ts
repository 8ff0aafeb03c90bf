// The groups of a run as lines: heads, what was printed or how it differs, and which of them is selected.
import { OutputCleaner } from '../../../protocol/clean.ts'
import { plainLines } from '../lines.ts'
import type { Canvas } from '../paint.ts'
import { DEFAULT, type Styles } from '../style.ts'
import type { Theme } from '../theme.ts'
import type { LiveRun, RunGroup } from './runs.ts'

/** Lines of an answer that is not expanded, and what of it is looked at (UTF-16 units). */
const FEW = 3
const FEW_UNITS = 2_048
/** The same of differences. */
const FEW_CHANGES = 12
/** Lines that are shown at all: more is for a file. */
const MOST = 20_000

interface Shown {
  readonly text: string
  readonly kind: 'head' | 'text' | 'added' | 'removed' | 'quiet'
  readonly group: number
}

const MORE = { text: '  …', kind: 'quiet' } as const

export class Answers {
  readonly #run: LiveRun
  readonly #expanded = new Set<string>()
  #isDiff = false
  #selected = ''
  #top = 0
  #height = 1
  #lines: Shown[] = []
  #seen: readonly RunGroup[] | undefined
  /** Of what the lines were made, beside the groups. */
  #madeFor = ''

  constructor(run: LiveRun) {
    this.#run = run
  }

  get isDiff(): boolean {
    return this.#isDiff
  }

  get page(): number {
    return this.#height
  }

  get selected(): RunGroup | undefined {
    const { groups } = this.#run
    return groups.find(({ key }) => key === this.#selected) ?? groups[0]
  }

  /** To the group `by` below. */
  move(by: number): void {
    const { groups } = this.#run
    const at = groups.findIndex((group) => group === this.selected)
    const next = groups[Math.max(0, Math.min(groups.length - 1, at + by))]
    if (next === undefined) return
    this.#selected = next.key
    this.#make()
    const head = this.#lines.findIndex(({ kind, group }) => kind === 'head' && groups[group] === next)
    this.#top = Math.max(head - this.#height + 1, Math.min(head, this.#top))
  }

  scroll(by: number): void {
    this.#top += by
  }

  /** Select the group that line `y` belongs to; true when it was selected already. */
  selectLine(y: number): boolean {
    const group = this.#run.groups[this.#lines[this.#top + y]?.group ?? -1]
    if (group === undefined) return false
    const isSame = group === this.selected
    this.#selected = group.key
    return isSame
  }

  /** All of the selected answer, or its first lines again; true when it is expanded now. */
  toggle(): boolean {
    const { selected } = this
    if (selected === undefined) return false
    if (this.#expanded.delete(selected.key)) return false
    this.#expanded.add(selected.key)
    return true
  }

  toggleDiff(): void {
    this.#isDiff = !this.#isDiff
  }

  paint(canvas: Canvas, styles: Styles, theme: Theme): void {
    this.#height = canvas.height
    this.#make()
    this.#top = Math.max(0, Math.min(this.#top, this.#lines.length - canvas.height))
    const at = this.#run.groups.findIndex((group) => group === this.selected)
    const looks = {
      head: styles.of(theme.title),
      text: DEFAULT,
      added: styles.of(theme.good),
      removed: styles.of(theme.bad),
      quiet: styles.of(theme.quiet),
    }
    for (let y = 0; y < canvas.height; y++) {
      const line = this.#lines[this.#top + y]
      const isSelected = line?.kind === 'head' && line.group === at
      const group = line === undefined ? undefined : this.#run.groups[line.group]
      const isBad = line?.kind === 'head' && group?.isWell === false
      const look = { ...theme.title, ...(isBad ? theme.bad : {}), ...(isSelected ? theme.selected : {}) }
      const style = line?.kind === 'head' ? styles.of(look) : looks[line?.kind ?? 'text']
      canvas.put({ x: 0, y, style }, line?.text ?? '')
    }
  }

  /** The lines, made anew when a group or how it is shown has changed. */
  #make(): void {
    const { groups } = this.#run
    const madeFor = `${this.#isDiff} ${[...this.#expanded].join(',')}`
    if (groups === this.#seen && madeFor === this.#madeFor) return
    this.#seen = groups
    this.#madeFor = madeFor
    this.#lines = []
    for (const [at, group] of groups.entries()) {
      if (this.#lines.length > MOST) break
      this.#lines.push({ text: headOf(group, this.#isOpen(group)), kind: 'head', group: at })
      for (const line of this.#bodyOf(group)) this.#lines.push({ ...line, group: at })
    }
  }

  #isOpen({ key }: RunGroup): boolean {
    return this.#expanded.has(key)
  }

  #bodyOf(group: RunGroup): Omit<Shown, 'group'>[] {
    const isOpen = this.#isOpen(group)
    if (!group.isAnswer)
      return isOpen ? group.machines.map(({ name }) => ({ text: `  ${name}`, kind: 'text' as const })) : []
    const patch = this.#isDiff ? this.#run.diff(group) : undefined
    if (patch !== undefined) {
      const changes = plainLines(cleaned(patch))
      const shown = changes.slice(0, isOpen ? MOST : FEW_CHANGES)
      return [
        ...shown.map((text) => ({ text: `  ${text}`, kind: changeOf(text) })),
        ...(shown.length < changes.length ? [MORE] : []),
      ]
    }
    if (group.text === undefined) return [{ text: '  (not here: Enter fetches it)', kind: 'quiet' }]
    if (group.text === '') return [{ text: '  (it printed nothing)', kind: 'quiet' }]
    const isCut = !isOpen && group.text.length > FEW_UNITS
    const lines = plainLines(cleaned(isCut ? group.text.slice(0, FEW_UNITS) : group.text))
    const shown = lines.slice(0, isOpen ? MOST : FEW)
    return [
      ...shown.map((text) => ({ text: `  ${text}`, kind: 'text' as const })),
      ...(isCut || shown.length < lines.length ? [MORE] : []),
    ]
  }
}

function headOf({ machines, names, how }: RunGroup, isOpen: boolean): string {
  const count = machines.length === 1 ? '1 machine' : `${machines.length} machines`
  return `${isOpen ? '▼' : '▶'} ${count}  ${how}  ${names}`
}

function cleaned(text: string): string {
  const cleaner = new OutputCleaner()
  return cleaner.push(text) + cleaner.end()
}

function changeOf(line: string): 'added' | 'removed' | 'quiet' | 'text' {
  if (line.startsWith('+')) return 'added'
  if (line.startsWith('-')) return 'removed'
  return line.startsWith('@@') ? 'quiet' : 'text'
}
