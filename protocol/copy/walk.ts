// The files and folders below a source, a folder before what is in it, links as links.
import type { Stats } from 'node:fs'
import { lstat, opendir, readlink, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { RconsoleError } from '../errors.ts'
import { failure, whyFailed } from './failure.ts'
import type { Entry, Failed } from './items.ts'

const PATH_BYTES = 4096

/** An entry, and where it is. */
export interface Listed {
  readonly entry: Entry
  readonly at: string
}

/** An entry, or why it cannot be copied. */
export type Found = Listed | { readonly skipped: Failed }

/**
 * Each source and all below it. A source that is a link is followed, as cp and scp do; links below it are kept.
 * @throws NO_FILE, NO_ACCESS when a source is not there; USAGE when it is a folder and `isRecursive` is not set
 */
export async function* walk(
  sources: readonly string[],
  isRecursive: boolean,
): AsyncGenerator<Found, void, void> {
  for (const [source, at] of sources.entries()) {
    const stats = await statOf(at)
    if (!stats.isDirectory()) {
      yield* found({ source, path: '', at, stats })
    } else if (isRecursive) {
      yield* below({ source, path: '', at, stats })
    } else {
      throw new RconsoleError('USAGE', `${at} is a folder: -r copies it with all that is in it`)
    }
  }
}

interface Place {
  readonly source: number
  readonly path: string
  readonly at: string
  readonly stats: Stats
}

async function* below(place: Place): AsyncGenerator<Found, void, void> {
  yield* found(place)
  const { source, path, at } = place
  const names: string[] = []
  try {
    for await (const { name } of await opendir(at)) names.push(name)
  } catch (error) {
    yield { skipped: { source, path, why: whyFailed(error) } }
    return
  }
  // The same order each time, so that two copies of one folder can be compared.
  for (const name of names.toSorted())
    yield* child({ source, path: path === '' ? name : `${path}/${name}`, at: join(at, name) })
}

async function* child(place: Omit<Place, 'stats'>): AsyncGenerator<Found, void, void> {
  const { source, path, at } = place
  try {
    // A name that is not UTF-8 comes out altered, and then names nothing.
    const stats = await lstat(at)
    if (Buffer.byteLength(path) > PATH_BYTES)
      yield { skipped: { source, path: basename(path), why: 'the path is too long' } }
    else if (stats.isDirectory()) yield* below({ ...place, stats })
    else yield* found({ ...place, stats })
  } catch (error) {
    const why = path.includes('\ufffd') ? 'its name is not UTF-8' : whyFailed(error)
    yield { skipped: { source, path: path.slice(0, 1000), why } }
  }
}

async function* found({ source, path, at, stats }: Place): AsyncGenerator<Found, void, void> {
  const mode = stats.mode & 0o777
  const time = stats.mtimeMs
  if (stats.isDirectory()) yield { at, entry: { kind: 'folder', source, path, mode, time } }
  else if (stats.isSymbolicLink())
    yield { at, entry: { kind: 'link', source, path, target: await readlink(at) } }
  else if (!stats.isFile())
    yield { skipped: { source, path, why: 'is neither a file nor a folder nor a link' } }
  else {
    // A file with holes has fewer blocks (of 512 bytes) than its size asks for.
    const sparse = stats.blocks * 512 < stats.size ? { sparse: true as const } : {}
    yield { at, entry: { kind: 'file', source, path, mode, time, size: stats.size, ...sparse } }
  }
}

async function statOf(at: string): Promise<Stats> {
  try {
    return await stat(at)
  } catch (error) {
    throw failure(at, error)
  }
}
