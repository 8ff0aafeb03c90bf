// One run: how far it is, its answers in groups as they land, and what can be done about them.
import type { MachineRow } from '../fleet.ts'
import { commandLine } from '../command-line.ts'
import { Line } from '../line.ts'
import { definePage, type Page, type Press, type Ui } from '../page.ts'
import type { Canvas } from '../paint.ts'
import { Answers } from './answers.ts'
import { counted } from './command-page.ts'
import { RUN_KEYS, SAVE_KEYS } from './keys.ts'
import type { LiveRun } from './runs.ts'

/** Rows above the answers: the line, how far it is, the counts, a border. */
const ABOVE = 4
/** Rows of one turn of the wheel. */
const WHEEL = 3

export interface RunPageOptions {
  readonly run: LiveRun
  /** Ask for `line` on these machines, in a page of its own. */
  readonly again: (machines: LiveRun['machines'], line: string) => void
  /** From now on these machines are the marked ones. */
  readonly mark: (machines: LiveRun['machines']) => void
  /** These machines as the fleet knows them now. */
  readonly rows: (machines: LiveRun['machines']) => readonly MachineRow[]
}

export class RunPage implements Page {
  readonly isKept = true
  readonly run: LiveRun
  readonly #ui: Ui
  readonly #options: RunPageOptions
  readonly #answers: Answers
  readonly #folder = new Line('save to folder: ')
  readonly #unsubscribe: () => void
  #isSaving = false

  readonly #own = definePage(RUN_KEYS, {
    expand: () => this.#expand(),
    up: () => this.#answers.move(-1),
    down: () => this.#answers.move(1),
    pageUp: () => this.#answers.scroll(-this.#answers.page),
    pageDown: () => this.#answers.scroll(this.#answers.page),
    scrollUp: () => this.#answers.scroll(-WHEEL),
    scrollDown: () => this.#answers.scroll(WHEEL),
    select: ({ row }) => {
      if (row >= ABOVE && this.#answers.selectLine(row - ABOVE)) this.#expand()
    },
    diff: () => this.#answers.toggleDiff(),
    retry: () => this.#again(this.run.failed, 'Nowhere has it failed.'),
    again: () => this.#again(this.run.machines, ''),
    odd: () => this.#markOdd(),
    save: () => {
      this.#isSaving = true
    },
    copy: () => this.#copy(),
    stop: () => this.#stop(),
  })
  readonly #saving = definePage(SAVE_KEYS, {
    write: () => this.#save(),
    cancel: () => {
      this.#isSaving = false
    },
  })

  constructor(ui: Ui, options: RunPageOptions) {
    this.#ui = ui
    this.#options = options
    this.run = options.run
    this.#answers = new Answers(options.run)
    this.#unsubscribe = options.run.onChange(() => ui.draw())
  }

  get where(): string {
    return this.#isSaving ? 'save' : 'run'
  }

  get keys(): Page['keys'] {
    return this.#isSaving ? this.#saving.keys : this.#own.keys
  }

  get input(): Line | undefined {
    return this.#isSaving ? this.#folder : undefined
  }

  title(): { where: string; right: string } {
    const { machines, isOver, done } = this.run
    const right = isOver ? 'over' : `${machines.length - done} running`
    return { where: `machines › run on ${counted(machines.length)}`, right }
  }

  paint(canvas: Canvas): void {
    const { styles, theme, now } = this.#ui
    const { command, machines, done, at, counts, isOver } = this.run
    const width = Math.max(1, canvas.width - 24)
    const filled = Math.round((width * done) / machines.length)
    const seconds = isOver ? '' : `  ${Math.max(0, Math.round((now() - at) / 1000))} s`
    canvas.put({ x: 0, y: 0, style: styles.of(theme.title) }, ` $ ${command}`)
    canvas.put(
      { x: 0, y: 1, style: styles.of(theme.chart) },
      ` ${'█'.repeat(filled)}${'·'.repeat(width - filled)}  ${done}/${machines.length}${seconds}`,
    )
    canvas.put({ x: 0, y: 2 }, ` ${counts}${this.#answers.isDiff ? '   differences from most' : ''}`)
    canvas.put({ x: 0, y: 3, style: styles.of(theme.border) }, '─'.repeat(canvas.width))
    const below = { x: 0, y: ABOVE, width: canvas.width, height: canvas.height - ABOVE }
    this.#answers.paint(canvas.part(below), styles, theme)
  }

  note(): string {
    return this.run.isOver ? '' : 'Esc leaves it running: J lists the runs.'
  }

  obey(command: string, press: Press): void {
    if (this.#isSaving) this.#saving.obey(command, press)
    else this.#own.obey(command, press)
  }

  targets(): readonly MachineRow[] {
    return this.#options.rows(this.#answers.selected?.machines ?? [])
  }

  equivalent(): string {
    const { machines, command } = this.run
    return commandLine('run', ...machines.map(({ name }) => name), '-c', command)
  }

  async close(): Promise<void> {
    this.#unsubscribe()
    this.run.leave()
  }

  #expand(): void {
    const { selected } = this.#answers
    if (!this.#answers.toggle() || selected?.isAnswer !== true || selected.text !== undefined) return
    this.run.read(selected).catch((error: unknown) => this.#ui.fail(error))
  }

  #again(machines: LiveRun['machines'], nobody: string): void {
    if (machines.length === 0) this.#ui.say(nobody)
    else this.#options.again(machines, this.run.command)
  }

  #markOdd(): void {
    const { odd } = this.run
    if (odd.length === 0) {
      this.#ui.say('No machine has answered otherwise than the others.')
      return
    }
    this.#options.mark(odd)
    this.#ui.say(`${counted(odd.length)} that answered otherwise: marked on the list`)
  }

  #copy(): void {
    const { selected } = this.#answers
    if (selected?.text === undefined) this.#ui.say('There is no answer here to copy.')
    else this.#ui.copy(selected.text, `the answer of ${counted(selected.machines.length)}`)
  }

  #save(): void {
    const folder = this.#folder.value.trim()
    if (folder === '') return
    this.#isSaving = false
    this.run.save(folder).then(
      (count) => this.#ui.say(`${count === 1 ? '1 file' : `${count} files`} in ${folder}`),
      (error: unknown) => this.#ui.fail(error),
    )
  }

  #stop(): void {
    const { machines, done, isOver } = this.run
    if (isOver) {
      this.#ui.back()
      return
    }
    const open = machines.length - done
    const text = [`This ends the run on ${counted(open)}:`, this.run.command]
    this.#ui.confirm({ text, typed: String(open), confirmed: () => this.run.stop() })
  }
}
