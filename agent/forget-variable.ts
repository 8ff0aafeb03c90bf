// Takes a secret out of the environment that a process was started with, which its user can list for as long as it runs.
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'

/** Field 50 of /proc/PID/stat, counted from the third: where the environment begins. Source: proc(5). */
const ENV_START = 47

/**
 * Overwrite the value of `name` where the kernel shows it; to delete it from `process.env` only hides it from us.
 * Returns whether it is gone: on Linux.
 */
export function forgetVariable(name: string): boolean {
  delete process.env[name]
  if (process.platform !== 'linux') return false
  try {
    const environment = readFileSync('/proc/self/environ')
    const { start, end } = placeOf(environment, name)
    if (start === end) return true
    const stat = readFileSync('/proc/self/stat', 'latin1')
    const base = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[ENV_START])
    const fd = openSync('/proc/self/mem', 'r+')
    try {
      writeSync(fd, Buffer.alloc(end - start, 'x'), 0, end - start, base + start)
    } finally {
      closeSync(fd)
    }
    return !readFileSync('/proc/self/environ').includes(environment.subarray(start, end))
  } catch {
    // A kernel that does not let a process write its own memory this way: the caller says so.
    return false
  }
}

/** From behind the = to the end of the value; nothing of it when there is no such variable. */
function placeOf(environment: Buffer, name: string): { readonly start: number; readonly end: number } {
  for (let at = 0; at < environment.length;) {
    const next = environment.indexOf(0, at)
    const end = next < 0 ? environment.length : next
    if (environment.toString('latin1', at, at + name.length + 1) === `${name}=`)
      return { start: at + name.length + 1, end }
    at = end + 1
  }
  return { start: 0, end: 0 }
}
