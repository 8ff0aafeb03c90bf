// One machine's prompt: its lines, what runs, what was shown; it lives on while one looks at the list.
import type { MachineRow, Prompt } from './fleet.ts'
import { Line } from './line.ts'
import { Transcript } from './transcript.ts'

/** Lines to go back to. */
const HISTORY = 500

export interface SessionOptions {
  readonly machine: MachineRow
  readonly open: () => Prompt
  readonly changed: () => void
  /** Style of our own words among the output. */
  readonly quiet: number
}

export class Session {
  readonly machine: MachineRow
  readonly line: Line
  readonly transcript = new Transcript()
  readonly #options: SessionOptions
  #prompt: Prompt | undefined
  #running: AbortController | undefined
  readonly #history: string[] = []
  /** The history's line in the input; its length for the one being typed. */
  #at = 0
  #draft = ''

  constructor(options: SessionOptions) {
    this.machine = options.machine
    this.line = new Line(`${options.machine.name}> `)
    this.#options = options
    this.transcript.say(
      "A line runs on the machine; 'help' names the words, 'clear' empties this.",
      options.quiet,
    )
  }

  get isRunning(): boolean {
    return this.#running !== undefined
  }

  /** Run the line that has been typed. One at a time: the next waits in the input. */
  async enter(): Promise<void> {
    const line = this.line.value.trim()
    if (line === '' || this.isRunning) return
    this.#remember(line)
    this.transcript.toEnd()
    if (line.toLowerCase() === 'clear') {
      this.transcript.clear()
      return
    }
    this.transcript.say(`> ${line}`, this.#options.quiet)
    await this.#run(line)
    this.#options.changed()
  }

  /** Stop what runs; false when nothing does. */
  cancel(): boolean {
    if (this.#running === undefined) return false
    this.#running.abort()
    return true
  }

  older(): void {
    if (this.#at === this.#history.length) this.#draft = this.line.value
    this.#recall(this.#at - 1)
  }

  newer(): void {
    this.#recall(this.#at + 1)
  }

  /** End what runs, and the session with the machine. */
  async close(): Promise<void> {
    this.cancel()
    const prompt = this.#prompt
    this.#prompt = undefined
    await prompt?.close()
  }

  async #run(line: string): Promise<void> {
    const controller = new AbortController()
    this.#running = controller
    try {
      this.#prompt ??= this.#options.open()
      await this.#prompt.run(line, this.#write, controller.signal)
      this.transcript.end()
    } catch (error) {
      this.transcript.end()
      this.transcript.say(controller.signal.aborted ? 'cancelled' : messageOf(error), this.#options.quiet)
    } finally {
      this.#running = undefined
    }
  }

  #write = (output: Uint8Array | string): void => {
    this.transcript.write(output)
    this.#options.changed()
  }

  #remember(line: string): void {
    if (this.#history.at(-1) !== line) this.#history.push(line)
    if (this.#history.length > HISTORY) this.#history.shift()
    this.#at = this.#history.length
    this.#draft = ''
    this.line.value = ''
  }

  #recall(at: number): void {
    if (at < 0 || at > this.#history.length) return
    this.#at = at
    this.line.value = this.#history[at] ?? this.#draft
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
