// A program of the machine under way: its input, its output, its end.
import type { Readable, Writable } from 'node:stream'
import type { Launch } from './account.ts'
import { startFolder } from './environment.ts'
import { commandFor } from './launch.ts'
import { Output } from './output.ts'
import { endTree, signalGroup, treeOf } from './process-tree.ts'
import type { Tree } from './process-tree.ts'
import { spawnError } from './spawn-error.ts'

export interface Exit {
  /** The status, or null when a signal ended it. */
  readonly code: number | null
  readonly signal: string | null
}

export interface ProgramOptions {
  /** The id of the run, which its environment carries. */
  readonly id: string
  readonly argv: readonly string[]
  readonly cwd?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
  readonly launch?: Launch
  /** How much it may print (bytes), and what happens when it prints more. */
  readonly most?: { readonly bytes: number; exceeded(): void } | undefined
}

/**
 * Start a program in a session of its own.
 * @throws NO_PROGRAM, NOT_EXECUTABLE, NO_FOLDER, TOO_BIG, or BUSY when the machine has no room for another.
 */
export async function startProgram({ id, argv, cwd, env, launch, most }: ProgramOptions): Promise<Program> {
  // An agent that only waits does not pay for it.
  const { execa } = await import('execa')
  const folder = startFolder(cwd, launch?.account)
  const command = commandFor({ id, argv, folder, env, launch })
  const child = execa(command.file, command.args, {
    cwd: folder,
    env: command.env,
    extendEnv: false,
    detached: true,
    // What follows leaves the streams alone: no copy, no decoding, no killing of the one process at our exit.
    buffer: false,
    encoding: 'buffer',
    reject: false,
    cleanup: false,
  })
  if (child.pid === undefined) throw spawnError((await child).cause, { file: argv[0] ?? '', folder })
  const exit = new Promise<Exit>((resolve) => {
    child.once('exit', (code: number | null, signal: string | null) => resolve({ code, signal }))
  })
  return new Program(treeOf(child.pid, id), {
    most,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    exit,
  })
}

interface Parts {
  readonly most: ProgramOptions['most']
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  readonly exit: Promise<Exit>
}

export class Program {
  readonly output: Output<1 | 2>
  /** Settles when the program has exited; its pipes may still hold something. */
  readonly exited: Promise<Exit>
  /** Settles when they are closed, too. */
  readonly over: Promise<Exit>
  readonly #tree: Tree
  readonly #stdin: Writable
  #hasExited = false
  #isOver = false
  #ending: Promise<void> | undefined

  constructor(tree: Tree, { stdin, stdout, stderr, exit, most }: Parts) {
    this.#tree = tree
    this.#stdin = stdin
    // The program chose not to read, or is gone: its exit says the rest.
    stdin.on('error', () => undefined)
    const pipes = [
      { fd: 1 as const, pipe: stdout },
      { fd: 2 as const, pipe: stderr },
    ]
    this.output = new Output<1 | 2>(pipes, most)
    this.exited = exit
    this.over = this.#whenOver(exit)
  }

  get hasExited(): boolean {
    return this.#hasExited
  }

  /** Resolves when the program's pipe has taken `data`, or never will: one at a time is the back-pressure. */
  write(data: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#stdin.write(data, () => resolve())
    })
  }

  closeInput(): void {
    this.#stdin.end()
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#hasExited) signalGroup(this.#tree.pid, signal)
  }

  /** TERM, 5 s, KILL to all it started. Resolves when nothing of it is left; does nothing once it is over. */
  end(): Promise<void> {
    if (this.#isOver && !this.#ending) return Promise.resolve()
    this.#ending ??= endTree(this.#tree, 'SIGTERM')
    return this.#ending
  }

  async #whenOver(exit: Promise<Exit>): Promise<Exit> {
    const result = await exit
    this.#hasExited = true
    this.output.exited()
    await this.output.closed
    this.#stdin.destroy()
    this.#isOver = true
    return result
  }
}
