// The processes of this machine, from /proc/PID: one that ends while it is read is left out.
import { statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { setImmediate as breathe } from 'node:timers/promises'
import { readSmall } from './read.ts'

export interface Process {
  readonly pid: number
  readonly name: string
  readonly state: string
  readonly ppid: number
  /** Clock ticks of processor used. */
  readonly ticks: number
  readonly threads: number
  /** Clock ticks from the machine's start to its own. */
  readonly start: number
  /** Pages of memory in use. */
  readonly pages: number
}

/** Read in one go before the agent looks after anything else: about 2 ms. */
const SLICE = 100

/** Every process; the agent goes on with its other work in between. */
export async function readProcesses(): Promise<Process[]> {
  const found: Process[] = []
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  for (const [index, pid] of pids.entries()) {
    const one = readProcess(Number(pid))
    if (one !== undefined) found.push(one)
    if (index % SLICE === SLICE - 1) await breathe()
  }
  return found
}

/** One process as it is now. */
export function readProcess(pid: number): Process | undefined {
  const stat = readSmall(`/proc/${pid}/stat`)
  return stat === undefined ? undefined : parseProcess(stat)
}

/** The name stands in parentheses and may itself hold any of them. Source: proc(5). */
export function parseProcess(stat: string): Process | undefined {
  const [open, close] = [stat.indexOf('('), stat.lastIndexOf(')')]
  if (open < 0 || close < open) return undefined
  const fields = stat.slice(close + 2).split(' ')
  const number = (field: number): number => Number(fields[field - 3] ?? 0)
  return {
    pid: parseInt(stat, 10),
    name: stat.slice(open + 1, close),
    state: fields[0] ?? '?',
    ppid: number(4),
    ticks: number(14) + number(15),
    threads: number(20),
    start: number(22),
    pages: Math.max(0, number(24)),
  }
}

/** What a process was started with, at most `most` bytes; empty for the kernel's own and the dead. */
export function readArguments(pid: number, most: number): string {
  const bytes = readSmall(`/proc/${pid}/cmdline`, most) ?? ''
  return bytes.replace(/\0+$/, '').replaceAll('\0', ' ')
}

/** The effective user: /proc/PID belongs to it. Undefined once the process is gone. */
export function readUser(pid: number): number | undefined {
  try {
    return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid
  } catch {
    // ESRCH: it ended between two steps of the look-up.
    return undefined
  }
}
