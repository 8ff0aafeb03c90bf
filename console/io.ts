// The console's own input and output, given to commands rather than reached for: a test gives its own.
import { fstatSync } from 'node:fs'
import { Socket } from 'node:net'
import { createInterface } from 'node:readline/promises'
import type { Readable, Writable } from 'node:stream'
import { clean } from '../protocol/clean.ts'
import { RconsoleError, systemCode } from '../protocol/errors.ts'

export interface Io {
  /** The command line, without the name of the program. */
  readonly argv: readonly string[]
  readonly stdin: Readable & { isTTY?: boolean }
  readonly stdout: Writable & { isTTY?: boolean; columns?: number; rows?: number }
  readonly stderr: Writable & { isTTY?: boolean }
  readonly env: NodeJS.ProcessEnv
  /** Aborted by Ctrl-C (CANCELLED), SIGTERM, SIGHUP or a reader that went away (GONE). */
  readonly signal: AbortSignal
  /** Set: asked at the first Ctrl-C, instead of `signal`; the next one aborts as ever. */
  readonly interrupt?: { ask: (() => void) | undefined }
}

/**
 * Standard output that waits without stopping the process: Node writes to a pipe synchronously, and a reader that pauses
 * would freeze the connection to the relay with it. Node puts the pipe's own flags back when it ends.
 */
export function standardOutput(): Io['stdout'] {
  return fstatSync(1).isFIFO() ? new Socket({ fd: 1, readable: false, writable: true }) : process.stdout
}

/**
 * Write all of `data`, waiting while the reader is slow. After `signal` nobody is waited for: what a reader that stands
 * still has not taken is dropped.
 */
export async function write(out: Writable, data: Uint8Array | string, signal?: AbortSignal): Promise<void> {
  if (isBroken(out) || data.length === 0 || (signal?.aborted === true && out.writableNeedDrain)) return
  await new Promise<void>((resolve) => {
    const settle = (): void => {
      signal?.removeEventListener('abort', settle)
      resolve()
    }
    if (out.write(data, settle) || signal?.aborted === true) settle()
    else signal?.addEventListener('abort', settle, { once: true })
  })
}

/** Standard input as what follows a request. */
export async function* inputOf({ stdin }: Io): AsyncGenerator<{ fd: 0; data: Uint8Array }> {
  for await (const data of stdin) {
    if (data instanceof Uint8Array) yield { fd: 0, data }
  }
}

/** Wait until everything written so far has left the process, or until `signal`. */
export async function flush(out: Writable, signal: AbortSignal): Promise<void> {
  if (isBroken(out) || out.writableLength === 0 || signal.aborted) return
  await new Promise<void>((resolve) => {
    out.write('', () => resolve())
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** Lines for a person, on stderr. What a machine or a relay put into them is made harmless. */
export function say(io: Io, lines: string): void {
  const clear = lines.split('\n').map((line) => clean(line))
  if (!isBroken(io.stderr)) io.stderr.write(`${clear.join('\n')}\n`)
}

/** One JSON object on a line of its own, in characters that no terminal obeys; parsers read the same. */
export async function writeJson(io: Io, value: Readonly<Record<string, unknown>>): Promise<void> {
  const text = JSON.stringify(value).replace(
    UNSAFE,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  await write(io.stdout, `${text}\n`, io.signal)
}

/** Beyond what JSON escapes by itself: DEL, C1, and what reorders or hides text. */
const UNSAFE = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g

/** Ask on a terminal without showing what is typed. @throws USAGE when there is no terminal to ask on */
export async function askSecret(io: Io, prompt: string, instead: string): Promise<string> {
  if (io.stdin.isTTY !== true)
    throw new RconsoleError('USAGE', `${prompt} is needed and there is no terminal to ask on: ${instead}`)
  const { Writable: Sink } = await import('node:stream')
  const silent = new Sink({ write: (_chunk, _encoding, done) => done() })
  const line = createInterface({ input: io.stdin, output: silent, terminal: true })
  io.stderr.write(`${prompt}: `)
  try {
    return await line.question('', { signal: io.signal })
  } finally {
    line.close()
    io.stderr.write('\n')
  }
}

/** Ask on a terminal for `name` to be typed; false for anything else. */
export async function confirmName(io: Io, question: string, name: string): Promise<boolean> {
  const line = createInterface({ input: io.stdin, output: io.stderr })
  try {
    return (await line.question(question, { signal: io.signal })).trim() === name
  } finally {
    line.close()
  }
}

/** How long a console that was told to end may take for its goodbye (ms). */
const GONE_MS = 2_000

/** What ends this console from outside, and the exit status that says so. */
export interface Signals {
  /** 128 + n of the signal that came, if one came. */
  status(): number | undefined
  stop(): void
}

/** Abort `controller` as a signal or a vanished reader demands; `lostOutput`: the status when stdout takes nothing. */
export function abortOnSignals(
  controller: AbortController,
  { stdout, stderr, interrupt }: Pick<Io, 'stdout' | 'stderr' | 'interrupt'>,
  lostOutput: () => number,
): Signals {
  let status: number | undefined
  let deadline: NodeJS.Timeout | undefined
  const end = (number: number, reason: RconsoleError): void => {
    // A second Ctrl-C: the person does not want to wait for an answer.
    if (controller.signal.aborted) process.exit(number)
    status = number
    controller.abort(reason)
    // Whoever ended us does not wait for a reader that takes nothing, nor for a relay that does not answer.
    if (reason.code === 'GONE') deadline = setTimeout(() => process.exit(number), GONE_MS)
  }
  const listeners = {
    SIGINT: () => {
      if (interrupt?.ask === undefined || controller.signal.aborted) {
        end(130, new RconsoleError('CANCELLED', 'interrupted'))
        return
      }
      const { ask } = interrupt
      interrupt.ask = undefined
      ask()
    },
    SIGTERM: () => end(143, new RconsoleError('GONE', 'the console was told to end')),
    SIGHUP: () => end(129, new RconsoleError('GONE', 'the console lost its terminal')),
  }
  const failed = (error: unknown): void => {
    if (controller.signal.aborted) return
    const code = systemCode(error) ?? 'unknown error'
    if (code === 'EPIPE') end(141, new RconsoleError('CANCELLED', 'nobody reads the output any more'))
    else {
      // A full disk, say: what was to be written is lost, and no status of the program may hide that.
      process.stderr.write(`rconsole: cannot write the output: ${code}\n`)
      end(lostOutput(), new RconsoleError('CANCELLED', 'the output cannot be written'))
    }
  }
  // There is nobody left to tell.
  const mute = (): void => {
    if (!controller.signal.aborted) end(141, new RconsoleError('CANCELLED', 'nobody reads stderr any more'))
  }
  for (const [signal, listener] of Object.entries(listeners)) process.on(signal, listener)
  stdout.on('error', failed)
  stderr.on('error', mute)
  return {
    status: () => status,
    stop() {
      clearTimeout(deadline)
      for (const [signal, listener] of Object.entries(listeners)) process.off(signal, listener)
      stdout.off('error', failed)
    },
  }
}

/** After an error nothing is written any more, and no callback is called. */
function isBroken(out: Writable): boolean {
  return out.destroyed || out.errored !== null
}

/** Whatever ends this console leaves the run to itself. */
export function goneBy(signal: AbortSignal): AbortSignal {
  const controller = new AbortController()
  const leave = (): void => controller.abort(new RconsoleError('GONE', 'left'))
  signal.addEventListener('abort', leave, { once: true })
  if (signal.aborted) leave()
  return controller.signal
}
