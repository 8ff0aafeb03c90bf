// Files that hold keys: written whole or not at all, 0600 in a folder of 0700, and refused when anyone else could read them.
import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { dirname } from 'node:path'
import { RconsoleError, systemCode } from './errors.ts'

const OTHERS = 0o077
/** How long a file is worked on at most, and how often one who waits looks (ms). */
const LOCK_MS = 2_000
const LOOK_MS = 5

/** The user's own folder. @throws HOME when there is none: no HOME, and no such user either (a container's number) */
export function userFolder(): string {
  try {
    return homedir()
  } catch (cause) {
    throw new RconsoleError('HOME', 'this user has no home folder: set HOME, or give --home', { cause })
  }
}

/** Make `path` and its parents, 0700. @throws HOME when it cannot be made or used, or is open to others */
export function makePrivateFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    checkPrivate(path, statSync(path).mode, 'folder')
  } catch (cause) {
    if (cause instanceof RconsoleError) throw cause
    throw new RconsoleError(
      'HOME',
      `cannot use the folder ${path}: ${systemCode(cause) ?? 'unknown error'}`,
      { cause },
    )
  }
}

/** The text of a private file, or undefined when there is none. @throws HOME when it cannot be read or is open to others */
export function readPrivate(path: string): string | undefined {
  try {
    const fd = openSync(path, 'r')
    try {
      checkPrivate(path, fstatSync(fd).mode, 'file')
      return readFileSync(fd, 'utf8')
    } finally {
      closeSync(fd)
    }
  } catch (cause) {
    if (cause instanceof RconsoleError) throw cause
    if (systemCode(cause) === 'ENOENT') return undefined
    throw new RconsoleError('HOME', `cannot read ${path}: ${systemCode(cause) ?? 'unknown error'}`, { cause })
  }
}

/** Write a private file so that it is there whole, or as it was, whenever the power fails. @throws HOME */
export function writePrivate(path: string, text: string): void {
  // Of this process alone: two consoles of one home write the same file.
  const next = `${path}.${process.pid}.new`
  try {
    const fd = openSync(next, 'w', 0o600)
    try {
      // Not writeSync: on a disk that is nearly full that writes a part and says nothing.
      writeFileSync(fd, text)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(next, path)
    syncFolder(dirname(path))
  } catch (cause) {
    rmSync(next, { force: true })
    throw new RconsoleError('HOME', `cannot write ${path}: ${systemCode(cause) ?? 'unknown error'}`, {
      cause,
    })
  }
}

/**
 * Do `work` on the file at `path` while no other process of ours does: what one reads, adds to and writes back would else
 * take away what another has added meanwhile. Whoever dies in there leaves a lock that is soon too old to count, and
 * nobody waits for ever: to write without it is still to write a whole file.
 */
export function alone(path: string, work: () => void): void {
  const lock = `${path}.lock`
  const deadline = performance.now() + LOCK_MS
  let isMine = take(lock)
  while (!isMine && performance.now() < deadline) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS)
    isMine = take(lock)
  }
  try {
    work()
  } finally {
    if (isMine) rmSync(lock, { force: true })
  }
}

function take(lock: string): boolean {
  try {
    closeSync(openSync(lock, 'wx', 0o600))
    return true
  } catch (cause) {
    // A folder that takes no file is said by the work itself.
    if (systemCode(cause) !== 'EEXIST') return true
    const made = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0
    if (Date.now() - made > LOCK_MS) rmSync(lock, { force: true })
    return false
  }
}

/** A rename is only on the disk once its folder is. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function checkPrivate(path: string, mode: number, kind: 'file' | 'folder'): void {
  if (process.platform === 'win32' || (mode & OTHERS) === 0) return
  const wanted = kind === 'file' ? '600' : '700'
  const got = (mode & 0o777).toString(8)
  throw new RconsoleError(
    'HOME',
    `${path} is open to others (mode ${got}): chmod ${wanted} it, and renew its keys if someone may have read them`,
  )
}
