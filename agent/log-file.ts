// A log as a file below /var/log: its last lines, and what is added, also after it was set aside and begun anew.
import { constants } from 'node:fs'
import { type FileHandle, open, readlink, realpath, stat } from 'node:fs/promises'
import { RconsoleError, systemCode } from '../protocol/errors.ts'
import { lastOf, wholeLines } from './log-lines.ts'
import { pause } from './tick.ts'

const LOGS = '/var/log'
const BLOCK = 64 * 1024
/** Between two looks whether something was added (ms). */
const LOOK_MS = 500

export interface FileLog {
  readonly path: string
  readonly lines: number
  readonly grep: string | undefined
  readonly follow: boolean
}

/** @throws POLICY for what is not below `root`; NO_FILE, NO_ACCESS, UNSUPPORTED for what is no file */
export async function* readLog(
  { path, lines, grep, follow }: FileLog,
  signal: AbortSignal,
  root = LOGS,
): AsyncGenerator<Buffer, void, void> {
  let file = await openLog(path, root)
  try {
    const { size } = await file.stat()
    let at = size
    if (grep === undefined) {
      const start = await startOfLast(file, size, lines)
      for await (const block of blocks(file, start, size, signal)) yield block
    } else if (lines > 0) yield await lastOf(wholeLines(blocks(file, 0, size, signal), grep), lines)
    if (!follow) return
    for (;;) {
      // Looked for first: what the old one has after that is all that it will have.
      const isOver = await wasSetAside(file, path)
      const { size: added } = await file.stat()
      // Cut short: what stands there now is new.
      if (added < at) at = 0
      for await (const part of wholeLines(blocks(file, at, added, signal), grep)) yield Buffer.concat(part)
      at = added
      if (!isOver) {
        await pause(LOOK_MS, signal)
        continue
      }
      const next = await openLog(path, root)
      await file.close()
      file = next
      at = 0
    }
  } finally {
    await file.close()
  }
}

/** Opened first and asked for its name afterwards, so that nothing can be put in its place in between. */
async function openLog(path: string, root: string): Promise<FileHandle> {
  // A pipe would wait for a writer, a terminal would become ours.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY
  const file = await open(path, flags).catch((error: unknown) => {
    throw refusal(path, error)
  })
  try {
    const [real, below] = await Promise.all([realPathOf(file, path), realpath(root)])
    if (!real.startsWith(`${below}/`))
      throw new RconsoleError('POLICY', `${path} is not below ${root}: only logs there are shown`)
    if (!(await file.stat()).isFile()) throw new RconsoleError('UNSUPPORTED', `${path} is not a file`)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

async function realPathOf(file: FileHandle, path: string): Promise<string> {
  return process.platform === 'linux' ? await readlink(`/proc/self/fd/${file.fd}`) : await realpath(path)
}

function refusal(path: string, error: unknown): unknown {
  const code = systemCode(error)
  if (code === 'EACCES' || code === 'EPERM')
    return new RconsoleError('NO_ACCESS', `the agent's user may not read ${path}`, { cause: error })
  if (
    code === 'ENOENT' ||
    code === 'ENOTDIR' ||
    code === 'ENXIO' ||
    code === 'ELOOP' ||
    code === 'ENAMETOOLONG'
  )
    return new RconsoleError('NO_FILE', `this machine has no file ${path}`, { cause: error })
  return error
}

/** Where the last `lines` lines begin. A line end that ends the file begins none. */
async function startOfLast(file: FileHandle, size: number, lines: number): Promise<number> {
  const block = Buffer.allocUnsafe(BLOCK)
  let left = lines
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - BLOCK)
    const { bytesRead } = await file.read(block, 0, end - start, start)
    for (let at = bytesRead - 1; at >= 0; at--) {
      if (block[at] !== 10 || start + at === size - 1) continue
      left--
      if (left <= 0) return lines === 0 ? size : start + at + 1
    }
    end = start
  }
  return lines === 0 ? size : 0
}

/** The bytes from `start` to `end`, as far as they are there. */
async function* blocks(
  file: FileHandle,
  start: number,
  end: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, void> {
  for (let at = start; at < end;) {
    signal.throwIfAborted()
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(BLOCK), 0, Math.min(BLOCK, end - at), at)
    if (bytesRead === 0) return
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

/** Whether another file has taken the name since; for a moment there may be none. */
async function wasSetAside(file: FileHandle, path: string): Promise<boolean> {
  const [then, now] = await Promise.all([file.stat(), stat(path).catch(() => undefined)])
  return now !== undefined && (now.ino !== then.ino || now.dev !== then.dev)
}
