// A lock for the one process that uses a folder: each announces itself under a name of its own, then looks for others.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RconsoleError, systemCode } from '../protocol/errors.ts'

/** How long one that comes first in order waits for another to give way (ms), and how often it looks. */
const YIELD_MS = 1_000
const LOOK_MS = 10

/**
 * Nothing is ever taken from another process: a name is a process's own (its id and start time), so that removing what
 * a dead one left cannot hit a living one. Of two that announce themselves at once at least one sees the other.
 * Returns the release. @throws HOME
 */
export function lockFolder(folder: string): () => void {
  const own = nameOf(process.pid)
  const path = join(folder, own)
  announce(path)
  const release = (): void => rmSync(path, { force: true })
  const deadline = performance.now() + YIELD_MS
  for (;;) {
    const other = othersIn(folder, own)
    if (other === undefined) return release
    // The later one gives way; the earlier waits to see whether the other holds the folder, or is giving way just now.
    if (isBefore(own, other) && performance.now() < deadline) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS)
      continue
    }
    release()
    throw inUse(folder, other)
  }
}

/** @throws HOME */
function announce(path: string): void {
  try {
    writeFileSync(path, '', { flag: 'wx', mode: 0o600 })
  } catch (cause) {
    if (systemCode(cause) === 'EEXIST') throw inUse(join(path, '..'), path)
    throw new RconsoleError('HOME', `cannot write ${path}: ${systemCode(cause) ?? 'unknown error'}`, {
      cause,
    })
  }
}

/** Another living process that is announced in `folder`; what dead ones left is removed. */
function othersIn(folder: string, own: string): string | undefined {
  const others = readdirSync(folder).filter((name) => NAME.test(name) && name !== own)
  const [dead, living] = [others.filter((name) => !isAlive(name)), others.filter((name) => isAlive(name))]
  for (const name of dead) rmSync(join(folder, name), { force: true })
  // One that was there when the folder was read may have given way since.
  return living.find((name) => existsSync(join(folder, name)))
}

const NAME = /^lock-(\d+)-(\d+)$/

/** A process id is used again after a while; with its start time it is not. */
function nameOf(pid: number): string {
  return `lock-${startOf(pid) ?? 0}-${pid}`
}

function isAlive(name: string): boolean {
  const [, start, pid] = NAME.exec(name) ?? []
  const number = Number(pid)
  const now = startOf(number)
  if (now !== undefined) return now === start
  try {
    process.kill(number, 0)
    return process.platform !== 'linux'
  } catch {
    // No such process, or not ours: not an agent that uses this folder.
    return false
  }
}

/** By start, then by process id. */
function isBefore(one: string, other: string): boolean {
  const [start, pid] = orderOf(one)
  const [otherStart, otherPid] = orderOf(other)
  return start < otherStart || (start === otherStart && pid < otherPid)
}

function orderOf(name: string): [number, number] {
  const [, start, pid] = NAME.exec(name) ?? []
  return [Number(start), Number(pid)]
}

/** Field 22 of /proc/PID/stat, in clock ticks since boot. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    // Not Linux, or gone.
    return undefined
  }
}

function inUse(folder: string, other: string): RconsoleError {
  const pid = /\d+$/.exec(other)?.[0] ?? '?'
  return new RconsoleError(
    'HOME',
    `another ragent (pid ${pid}) uses ${folder}: stop it, or give this one its own --home`,
  )
}
