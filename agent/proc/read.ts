// Reading what the kernel shows of the machine: small texts that may be gone by the time they are read.
import { closeSync, openSync, readSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

const room = Buffer.allocUnsafe(16 * 1024)

/**
 * The first bytes of a file of one process, or undefined when that has ended or is not ours to see. Not asynchronous:
 * each costs 20 µs this way and 150 through the thread pool, and a listing reads one for every process.
 */
export function readSmall(path: string, most = room.length): string | undefined {
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    return room.toString('utf8', 0, readSync(file, room, 0, Math.min(most, room.length), 0))
  } catch {
    // It died meanwhile, or belongs to another user: not there for us.
    return undefined
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** The lines of a file that always exists on Linux. */
export async function linesOf(path: string): Promise<string[]> {
  return (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '')
}

/** The same of one that a kernel may be built without: then it has no lines. */
export async function linesIfAny(path: string): Promise<string[]> {
  return await linesOf(path).catch(() => [])
}

/** Text of at most `bytes` bytes of UTF-8 without NUL, as the schemas want it. */
export function cut(text: string, bytes: number): string {
  const plain = text.includes('\0') ? text.replaceAll('\0', ' ') : text
  if (plain.length * 3 <= bytes || Buffer.byteLength(plain) <= bytes) return plain
  // A character that is cut in two is left out.
  return new TextDecoder().decode(Buffer.from(plain).subarray(0, bytes)).replace(/\ufffd$/, '')
}
