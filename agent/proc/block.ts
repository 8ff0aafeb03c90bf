// Disks and their partitions, from /sys/block.
import { readdir } from 'node:fs/promises'
import { readSmall } from './read.ts'

export interface BlockDevice {
  readonly name: string
  readonly kind: 'disk' | 'part'
  /** Bytes. */
  readonly size: number
  readonly model: string
  readonly rotates: boolean
  readonly readonly: boolean
}

const SECTOR = 512

/** Each disk, then its partitions; loops and RAM disks that hold nothing are left out. */
export async function readBlockDevices(root = '/sys/block'): Promise<BlockDevice[]> {
  const disks = await readdir(root).catch(() => [])
  const found = await Promise.all(disks.toSorted(byName).map((disk) => readDisk(`${root}/${disk}`, disk)))
  return found.flat().filter(({ size }) => size > 0)
}

async function readDisk(path: string, disk: string): Promise<BlockDevice[]> {
  const entries = await readdir(path).catch(() => [])
  const parts = entries
    .filter((name) => readSmall(`${path}/${name}/partition`) !== undefined)
    .toSorted(byName)
  const model = (readSmall(`${path}/device/model`) ?? '').trim()
  const rotates = isSet(`${path}/queue/rotational`)
  const one = (at: string, name: string, kind: 'disk' | 'part'): BlockDevice => ({
    name: name.replaceAll('!', '/'),
    kind,
    size: SECTOR * (parseInt(readSmall(`${at}/size`) ?? '0', 10) || 0),
    model,
    rotates,
    readonly: isSet(`${at}/ro`),
  })
  return [one(path, disk, 'disk'), ...parts.map((name) => one(`${path}/${name}`, name, 'part'))]
}

function isSet(path: string): boolean {
  return readSmall(path)?.trim() === '1'
}

const byName = (one: string, other: string): number => one.localeCompare(other, 'en', { numeric: true })
