// The file beside a file: what has arrived of it, kept to be gone on with, and given its name when it is whole.
import { createHash, type Hash } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { type FileHandle, link, lstat, open, rename, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { RconsoleError, systemCode } from '../errors.ts'
import type { Answer, FileEntry } from './items.ts'

/** What is there, links not followed. */
export async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Beside the file, and of this very content: a copy of another version begins anew. */
export function partOf(at: string, { size, time }: FileEntry): string {
  const tag = createHash('sha256').update(`${at}\0${size}\0${time}`).digest('hex').slice(0, 16)
  return join(dirname(at), `.rconsole-${tag}.part`)
}

export async function begun(path: string): Promise<Answer> {
  const stats = await statOf(path)
  if (stats === undefined) return { is: 'wanted' }
  const file = await open(path, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    await checkPart(file)
    return { is: 'begun', bytes: stats.size, digest: (await hashOf(file, stats.size)).digest('base64url') }
  } finally {
    await file.close()
  }
}

/** Someone else could have put a file of theirs in its place. */
export async function checkPart(file: FileHandle): Promise<void> {
  const stats = await file.stat()
  const isOurs = process.getuid === undefined || stats.uid === process.geteuid?.()
  if (!stats.isFile() || stats.nlink !== 1 || !isOurs)
    throw new RconsoleError('NO_ACCESS', 'its part is not a file of ours: remove it')
}

export async function hashOf(file: FileHandle, bytes: number): Promise<Hash> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(256 * 1024)
  for (let at = 0; at < bytes;) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, bytes - at), at)
    if (bytesRead === 0) break
    hash.update(buffer.subarray(0, bytesRead))
    at += bytesRead
  }
  return hash
}

/** Give the finished part its name; without `force` never over something that appeared meanwhile. */
export async function place(part: string, at: string, force: boolean): Promise<void> {
  if (force) {
    await rename(part, at)
    return
  }
  try {
    await link(part, at)
    await unlink(part)
  } catch (error) {
    // File systems without hard links.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(systemCode(error) ?? '')) throw error
    await rename(part, at)
  }
}

/** Zeros that were not sent. */
export function hashZeros(hash: Hash, zeros: number): void {
  for (let left = zeros; left > 0; left -= ZEROS.length)
    hash.update(ZEROS.subarray(0, Math.min(left, ZEROS.length)))
}

const ZEROS = Buffer.alloc(64 * 1024)

/** Node cuts off what is below a microsecond: a little more, or each copy of a copy would be older. */
export function seconds({ time }: { readonly time: number }): number {
  return (Math.round(time * 1000) + 0.4) / 1e6
}
