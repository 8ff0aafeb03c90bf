// The filesystems that are mounted and how full they are, as df shows them.
import { readFile, statfs } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

export interface Mount {
  /** As bytes: a folder's name need not be text. */
  readonly path: Buffer
  readonly device: string
  readonly type: string
  /** major:minor */
  readonly number: string
}

export interface Room {
  readonly total: number
  readonly used: number
  readonly available: number
}

/** A filesystem whose server may not answer, for ever. */
const REMOTE = /^(?:nfs|cifs|smb|9p|afs|ceph|fuse|gluster|lustre|gpfs|ncp|coda|davfs)/
/** How long such a one may take (ms), and how many may be waited for at once: each holds one of Node's four threads. */
const REMOTE_MS = 1_000
const MOST_WAITING = 2
const waiting = new Set<string>()

/** The mounted filesystems, each device once, under its shortest path. */
export async function readMounts(): Promise<Mount[]> {
  return parseMounts(await readFile('/proc/self/mountinfo', 'latin1'))
}

/** Source: proc(5); a blank in a name is written \040. */
export function parseMounts(text: string): Mount[] {
  const byPath = new Map<string, Mount>()
  for (const line of text.split('\n')) {
    const [before = '', after] = line.split(' - ')
    const [, , number = '', , path = ''] = before.split(' ')
    const [type = '', device = ''] = (after ?? '').split(' ')
    if (after === undefined || type === 'autofs') continue
    const bytes = unescape(path)
    // Later ones cover earlier ones.
    byPath.set(path, { path: bytes, device: unescape(device).toString(), type, number })
  }
  const byNumber = new Map<string, Mount>()
  for (const mount of byPath.values()) {
    const known = byNumber.get(mount.number)
    if (known === undefined || mount.path.length < known.path.length) byNumber.set(mount.number, mount)
  }
  return [...byNumber.values()]
}

/** 'none' for what has no room to speak of, like /proc; undefined when it could not be asked. */
export async function roomOf({ path, type }: Mount): Promise<Room | 'none' | undefined> {
  if (!REMOTE.test(type)) return await measure(path)
  const key = path.toString('latin1')
  if (waiting.has(key) || waiting.size >= MOST_WAITING) return undefined
  waiting.add(key)
  const answer = measure(path).finally(() => waiting.delete(key))
  return await Promise.race([answer, delay(REMOTE_MS, undefined, { ref: false })])
}

async function measure(path: Buffer): Promise<Room | 'none' | undefined> {
  try {
    const { bsize, blocks, bfree, bavail } = await statfs(path)
    if (blocks === 0) return 'none'
    return { total: bsize * blocks, used: bsize * (blocks - bfree), available: bsize * Math.max(0, bavail) }
  } catch {
    // Unmounted meanwhile, or not ours to see: its room is not known.
    return undefined
  }
}

function unescape(name: string): Buffer {
  return Buffer.from(
    name.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))),
    'latin1',
  )
}
