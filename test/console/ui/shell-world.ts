// Shells for tests of the UI: one that a test plays itself, and real programs on a terminal of this computer.
import { randomBytes } from 'node:crypto'
import type { Shells, ShellInput, Size } from '../../../console/ui/shell/remote.ts'
import { openTerminal } from '../../../agent/terminal.ts'
import { until } from '../../until.ts'

/** A shell whose machine is the test. */
export class PlayedShell {
  readonly machineId: string
  readonly sizes: Size[]
  /** What was typed. */
  typed = ''
  /** How often the UI asked for more. */
  asked = 0
  /** While true, what is typed is not taken. */
  isStuck = false
  isAborted = false
  readonly #output: Uint8Array[] = []
  #end: string | undefined
  #wake: () => void = () => undefined

  constructor(machineId: string, size: Size) {
    this.machineId = machineId
    this.sizes = [size]
  }

  print(output: string | Uint8Array): void {
    this.#output.push(Buffer.from(output))
    this.#wake()
  }

  end(words: string): void {
    this.#end = words
    this.#wake()
  }

  async *output(signal: AbortSignal): AsyncGenerator<Uint8Array, string, void> {
    signal.addEventListener('abort', () => {
      this.isAborted = true
      this.end('ended')
    })
    for (;;) {
      this.asked += 1
      const next = this.#output.shift()
      if (next !== undefined) yield next
      else if (this.#end !== undefined) return this.#end
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
    }
  }

  async take(input: AsyncIterable<ShellInput>): Promise<void> {
    for await (const value of input) {
      if ('resize' in value) this.sizes.push(value.resize)
      else this.typed += Buffer.from(value.data).toString()
      await until(() => !this.isStuck, 'the shell takes what is typed')
    }
  }
}

export class PlayedShells implements Shells {
  readonly opened: PlayedShell[] = []

  open(machineId: string, size: Size, input: AsyncIterable<ShellInput>, signal: AbortSignal) {
    const shell = new PlayedShell(machineId, size)
    this.opened.push(shell)
    shell.take(input).catch((error: unknown) => shell.end(String(error)))
    return shell.output(signal)
  }

  /** The newest one; throws before there is any. */
  get last(): PlayedShell {
    const shell = this.opened.at(-1)
    if (shell === undefined) throw new Error('no shell has been opened')
    return shell
  }
}

/** Real programs: `file` with `args`, each on a terminal of its own. */
export function localShells(file: string, args: readonly string[], env: Record<string, string> = {}): Shells {
  return {
    async *open(_machineId, size, input, signal) {
      const id = randomBytes(16).toString('base64url')
      const terminal = await openTerminal({ id, file, args, size, term: 'xterm-256color', env })
      signal.addEventListener('abort', () => void terminal.end())
      const feed = async (): Promise<void> => {
        for await (const value of input) {
          if ('resize' in value) terminal.resize(value.resize)
          else await terminal.write(value.data)
        }
      }
      // A terminal that is gone says so by its exit.
      feed().catch(() => undefined)
      for await (const { data } of terminal.output) yield data
      const { code, signal: by } = await terminal.over
      return by === null ? `exit ${code}` : `signal ${by}`
    },
  }
}
