// Memory and swap, from /proc/meminfo.
import { linesOf } from './read.ts'

/** Bytes. `available` is what a new program could have; `used` = total - available, as `free` shows it. */
export interface Memory {
  readonly total: number
  readonly used: number
  readonly free: number
  readonly available: number
  readonly swap: { readonly total: number; readonly used: number }
}

export async function readMemory(): Promise<Memory> {
  return parseMemory(await linesOf('/proc/meminfo'))
}

/** Source: proc(5); its kB are KiB. */
export function parseMemory(lines: readonly string[]): Memory {
  const values = new Map(
    lines.map((line) => {
      const [name = '', value = ''] = line.split(':')
      return [name, 1024 * parseInt(value, 10)]
    }),
  )
  const value = (name: string): number => values.get(name) ?? 0
  const [total, free] = [value('MemTotal'), value('MemFree')]
  const available = values.get('MemAvailable') ?? free
  const swap = { total: value('SwapTotal'), used: value('SwapTotal') - value('SwapFree') }
  return { total, used: total - available, free, available, swap }
}
