// Looking for bytes in the memory of a running process (Linux, own user or root).
import { closeSync, openSync, readFileSync, readSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { systemCode } from '../protocol/errors.ts'

const BLOCK = 1024 * 1024

/** How often any of `needles` stands in the readable memory of `pid`, native as well as JavaScript's: what a core dump has. */
export function countInMemory(pid: number, needles: readonly Buffer[]): number {
  const overlap = Math.max(...needles.map(({ length }) => length)) - 1
  const maps = readFileSync(`/proc/${pid}/maps`, 'utf8')
  const fd = openSync(`/proc/${pid}/mem`, 'r')
  let found = 0
  try {
    for (const [, start = '', end = ''] of maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) r/gm)) {
      for (let at = Number.parseInt(start, 16); at < Number.parseInt(end, 16); at += BLOCK - overlap) {
        const block = readBlock(fd, at, Math.min(BLOCK, Number.parseInt(end, 16) - at))
        found += needles.filter((needle) => block.includes(needle)).length
      }
    }
    return found
  } finally {
    closeSync(fd)
  }
}

function readBlock(fd: number, at: number, length: number): Buffer {
  const block = Buffer.alloc(length)
  try {
    return block.subarray(0, readSync(fd, block, 0, length, at))
  } catch (error) {
    // A page that the kernel does not show ([vvar]) or that was unmapped meanwhile.
    if (systemCode(error) === 'EIO' || systemCode(error) === 'EFAULT') return Buffer.alloc(0)
    throw error
  }
}

/** The same in a core dump that gcore (of gdb) makes in `folder`: some 600 MB, and minutes on a busy machine. */
export async function countInCore(pid: number, folder: string, needles: readonly Buffer[]): Promise<number> {
  const prefix = join(folder, 'core')
  await execa('gcore', ['-o', prefix, String(pid)], { stdin: 'ignore' })
  const path = `${prefix}.${pid}`
  const overlap = Math.max(...needles.map(({ length }) => length)) - 1
  const fd = openSync(path, 'r')
  let found = 0
  try {
    for (let at = 0; ; at += BLOCK - overlap) {
      const block = readBlock(fd, at, BLOCK)
      found += needles.filter((needle) => block.includes(needle)).length
      if (block.length < BLOCK) return found
    }
  } finally {
    closeSync(fd)
    rmSync(path)
  }
}
