// What the processors have done since the machine started, from /proc/stat, and what they do now.
import { linesOf } from './read.ts'

/** Clock ticks. Waiting for a disk is idle. */
export interface Ticks {
  readonly all: number
  readonly idle: number
  readonly wait: number
  readonly steal: number
}

export interface Processors {
  readonly total: Ticks
  readonly cores: readonly Ticks[]
}

export async function readProcessors(): Promise<Processors> {
  return parseProcessors(await linesOf('/proc/stat'))
}

/** Source: proc(5). */
export function parseProcessors(lines: readonly string[]): Processors {
  const total = lines.find((line) => line.startsWith('cpu '))
  return {
    total: parseTicks(total ?? ''),
    cores: lines.filter((line) => /^cpu\d/.test(line)).map(parseTicks),
  }
}

/** Percent of the time between two readings that was work of some kind. */
export function useOf(before: Ticks, after: Ticks): number {
  return percent(1 - (after.idle - before.idle) / (after.all - before.all))
}

/** Percent of the time between two readings that was `kind`. */
export function shareOf(kind: 'wait' | 'steal', before: Ticks, after: Ticks): number {
  return percent((after[kind] - before[kind]) / (after.all - before.all))
}

function parseTicks(line: string): Ticks {
  // Guests are counted in user and nice already.
  const fields = line.trim().split(/\s+/).slice(1, 9).map(Number)
  const [, , , idle = 0, wait = 0, , , steal = 0] = fields
  return { all: fields.reduce((sum, one) => sum + one, 0), idle: idle + wait, wait, steal }
}

/** Of a fraction, to one place; a counter of the kernel may go back a little, and no time may have passed. */
function percent(fraction: number): number {
  return Number.isFinite(fraction) ? Math.round(1000 * Math.min(1, Math.max(0, fraction))) / 10 : 0
}
