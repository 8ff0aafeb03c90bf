// Two constants of the running kernel that all counts of /proc depend on.
import { readFileSync } from 'node:fs'
import { endianness } from 'node:os'

const PAGE_SIZE = 6
const CLOCK_TICKS = 17

let known: { readonly page: number; readonly hertz: number } | undefined

/** Bytes of a page, and clock ticks in a second, from what the kernel gave this process. Source: getauxval(3). */
export function constants(): { readonly page: number; readonly hertz: number } {
  known ??= parseAuxiliary(readFileSync('/proc/self/auxv'))
  return known
}

/** Pairs of words of the machine: a key and its value. */
export function parseAuxiliary(
  bytes: Buffer,
  word: 4 | 8 = /^(?:arm|ia32|mips|mipsel|ppc|s390)$/.test(process.arch) ? 4 : 8,
): { page: number; hertz: number } {
  const isLittle = endianness() === 'LE'
  const read = (at: number): number => {
    if (word === 4) return isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)
    return Number(isLittle ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at))
  }
  const values = new Map<number, number>()
  for (let at = 0; at + 2 * word <= bytes.length; at += 2 * word) values.set(read(at), read(at + word))
  return { page: values.get(PAGE_SIZE) ?? 4096, hertz: values.get(CLOCK_TICKS) ?? 100 }
}
