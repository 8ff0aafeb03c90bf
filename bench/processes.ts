// What processes cost, by the kernel's count, and running one to its end.
import { spawn, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

/** Clock ticks of /proc are 10 ms on every Linux that runs Node. */
const TICK_MS = 10

/** CPU time that a process has used (ms). */
export function cpuOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [, , , , , , , , , , , user, system] = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(user) + Number(system)) * TICK_MS
}

/** Memory that a process holds (bytes), now or at most until now. */
export function memoryOf(pid: number, what: 'VmRSS' | 'VmHWM' = 'VmRSS'): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${what}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]) * 1024
}

/** Bytes that a process has read, from sockets too. */
export function bytesRead(pid: number): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1])
}

/** Run a program to its end. @throws unless it ends with 0 */
export async function finish(
  command: readonly string[],
  { stdout = 'ignore', env = {} }: { stdout?: 'ignore' | number; env?: NodeJS.ProcessEnv } = {},
): Promise<void> {
  const [file = '', ...args] = command
  const stdio: StdioOptions = ['ignore', stdout, 'pipe']
  const child = spawn(file, args, { stdio, env: { ...process.env, ...env } })
  let said = ''
  child.stderr?.on('data', (data: Buffer) => (said += data.toString()))
  await once(child, 'close')
  if (child.exitCode !== 0) throw new Error(`${command.join(' ')} ended with ${child.exitCode}: ${said}`)
}

/** The path of a program, if it is installed. */
export function has(program: string): boolean {
  const folders = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`.split(':')
  return folders.some((folder) => {
    try {
      readFileSync(`${folder}/${program}`, { flag: 'r' })
      return true
    } catch {
      // Not in this one.
      return false
    }
  })
}
