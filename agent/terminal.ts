// A program on a pseudo-terminal: what it prints, what is typed, its size, its end.
import { constants } from 'node:os'
import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { IPty } from '@lydell/node-pty'
import { RconsoleError } from '../protocol/errors.ts'
import type { Launch } from './account.ts'
import { isFolder, startFolder } from './environment.ts'
import { commandFor } from './launch.ts'
import { Output } from './output.ts'
import { endTree, treeOf } from './process-tree.ts'
import type { Tree } from './process-tree.ts'
import type { Exit } from './program.ts'
import { giveTo, readRest, takeOver, writeNow } from './pty.ts'

/** Between two tries to write to a terminal that is full (ms): at first, and at most. Node cannot wait for it. */
const RETRY_FIRST_MS = 1
const RETRY_MOST_MS = 50

/** What would tell a shell that it runs inside our own terminal, or how large that one is. */
const OF_OUR_TERMINAL = ['TMUX', 'TMUX_PANE', 'STY', 'WINDOW', 'WINDOWID', 'TERMCAP', 'COLUMNS', 'LINES']

export interface Size {
  readonly cols: number
  readonly rows: number
}

export interface TerminalOptions {
  /** The id of the shell, which its environment carries. */
  readonly id: string
  /** The program by path, and its arguments. */
  readonly file: string
  readonly args: readonly string[]
  readonly size: Size
  /** The kind of the operator's terminal. */
  readonly term: string
  readonly cwd?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
  readonly launch?: Launch
}

/**
 * Start a program as the leader of a session on a new terminal.
 * @throws NO_FOLDER, or NO_PTY when this machine cannot open a terminal.
 */
export async function openTerminal(options: TerminalOptions): Promise<Terminal> {
  const { account } = options.launch ?? {}
  const folder = startFolder(options.cwd, account)
  if (!isFolder(folder)) throw new RconsoleError('NO_FOLDER', `there is no folder ${folder}`)
  const { file, args, env } = commandFor({ ...options, argv: [options.file, ...options.args], folder })
  for (const name of OF_OUR_TERMINAL) if (options.env?.[name] === undefined) delete env[name]
  const { cols, rows } = options.size
  try {
    // A machine without its binary still serves all else.
    const { spawn } = await import('@lydell/node-pty')
    const settings = { name: options.term, cols, rows, cwd: folder, env, encoding: null }
    const pty = spawn(file, [...args], settings)
    if (account) giveTo(pty, account)
    return new Terminal(pty, options.id)
  } catch (error) {
    const message = 'this machine cannot open a terminal; `run` still works'
    throw new RconsoleError('NO_PTY', message, { cause: error })
  }
}

export class Terminal {
  readonly output: Output<1>
  /** Settles when the program has exited and the terminal is closed. */
  readonly over: Promise<Exit>
  readonly #tree: Tree
  readonly #pty: IPty
  readonly #socket: Duplex
  readonly #fd: number
  #isOver = false
  #ending: Promise<void> | undefined

  constructor(pty: IPty, id: string) {
    this.#tree = treeOf(pty.pid, id)
    this.#pty = pty
    const { socket, fd } = takeOver(pty)
    this.#socket = socket
    this.#fd = fd
    const exit = new Promise<Exit>((resolve) => {
      pty.onExit(({ exitCode, signal }) => resolve(exitOf(exitCode, signal)))
    })
    // It ends when libuv sees the hang-up, with up to 64 KiB still to be read; after this the descriptor is closed.
    socket.once('end', () => {
      for (const data of readRest(fd)) socket.emit('data', data)
    })
    this.output = new Output([{ fd: 1, pipe: this.#socket }])
    this.over = this.#whenOver(exit)
  }

  /** Resolves when the terminal has taken `data`, or never will: one at a time is the back-pressure. */
  async write(data: Uint8Array): Promise<void> {
    let pause = RETRY_FIRST_MS
    for (let rest = data; rest.length > 0 && !this.#socket.destroyed;) {
      const taken = writeNow(this.#fd, rest)
      rest = rest.subarray(taken)
      if (taken === 0) await delay(pause)
      pause = taken > 0 ? RETRY_FIRST_MS : Math.min(2 * pause, RETRY_MOST_MS)
    }
  }

  resize({ cols, rows }: Size): void {
    // The number of a closed descriptor may already be another terminal's.
    if (!this.#socket.destroyed) this.#pty.resize(cols, rows)
  }

  /** HUP, 5 s, KILL to all it started. Resolves when nothing of it is left; does nothing once it is over. */
  end(): Promise<void> {
    if (this.#isOver && !this.#ending) return Promise.resolve()
    this.#ending ??= endTree(this.#tree, 'SIGHUP')
    return this.#ending
  }

  async #whenOver(exit: Promise<Exit>): Promise<Exit> {
    const result = await exit
    this.output.exited()
    await this.output.closed
    this.#isOver = true
    return result
  }
}

function exitOf(code: number, signal = 0): Exit {
  if (signal === 0) return { code, signal: null }
  const known = Object.entries(constants.signals).find(([, number]) => number === signal)
  return { code: null, signal: known ? known[0] : `SIG${signal}` }
}
