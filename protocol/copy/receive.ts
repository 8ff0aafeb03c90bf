// The receiving half of a copy: says what it wants, writes beside, and renames what came whole.
import { createHash, type Hash } from 'node:crypto'
import { constants } from 'node:fs'
import {
  chmod,
  type FileHandle,
  lstat,
  mkdir,
  open,
  readlink,
  symlink,
  unlink,
  utimes,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { InvalidMessage, RconsoleError, systemCode } from '../errors.ts'
import { failure, isFull, whyFailed } from './failure.ts'
import { safeName } from './safe-name.ts'
import { begun, checkPart, hashOf, hashZeros, partOf, place, seconds, statOf } from './part.ts'
import type { Answer, Entry, Failed, FileEntry, Item, Reply, Totals } from './items.ts'

/** File systems keep times of at least this grain: times this close are the same (ms). */
const SAME_MS = 2

export interface Receiving {
  /** Where each source goes: the whole path of it. The one who sends has no say in it. */
  readonly places: readonly string[]
  /** Whether anything below a source was asked for. */
  readonly recursive: boolean
  readonly force: boolean
}

/** A file under way. */
interface Part {
  readonly entry: FileEntry
  readonly at: string
  readonly path: string
  readonly file: FileHandle
  hash: Hash
  offset: number
  /** Of what was written: less than `offset` after zeros. */
  length: number
}

interface Wanted {
  readonly entry: FileEntry
  readonly answer: Answer
}

export class Receiver {
  readonly totals: { -readonly [K in keyof Totals]: Totals[K] } = { files: 0, bytes: 0, same: 0, failed: 0 }
  readonly #options: Receiving
  #wanted: Wanted[] = []
  #part: Part | undefined
  /** The file under way cannot be written: what comes of it is forgotten. */
  #isIgnoring = false
  /** Parents that have been seen to be folders and no links. */
  readonly #folders = new Set<string>()
  /** Done last: a folder that may not be written into, its time, and links, through which nothing may be written. */
  readonly #later: { readonly entry: Entry; readonly work: () => Promise<void> }[] = []

  constructor(options: Receiving) {
    this.#options = options
  }

  /** Take one item; what to say to it. @throws INVALID_MESSAGE, NO_SPACE */
  async take(item: Item): Promise<Reply | undefined> {
    if ('list' in item) return { answers: await this.#list(item.list) }
    if ('skipped' in item) {
      this.#failed(item.skipped)
      return undefined
    }
    if ('from' in item) return await this.#begin(item.from)
    if (this.#isIgnoring) {
      this.#isIgnoring = !('end' in item || 'broken' in item)
      return undefined
    }
    const part = this.#part
    if (part === undefined) throw new InvalidMessage('bytes of no file')
    try {
      if ('data' in item) await this.#write(part, item.data)
      else if ('zeros' in item) this.#skip(part, item.zeros)
      else if ('end' in item) return await this.#end(part, item.end)
      else return await this.#fail(part, item.broken)
    } catch (error) {
      return await this.#broke(part, error, 'end' in item || 'broken' in item)
    }
    return undefined
  }

  /** All was sent: links, and what folders are to look like. What of this failed. @throws INVALID_MESSAGE when a file is not whole */
  async end(): Promise<Failed[]> {
    if (this.#isBusy) throw new InvalidMessage('the copy ended in a file')
    const failed: Failed[] = []
    for (const { entry, work } of this.#later.toReversed()) {
      try {
        await work()
      } catch (error) {
        failed.push({ source: entry.source, path: entry.path, why: whyFailed(error) })
      }
    }
    this.totals.failed += failed.length
    return failed
  }

  /** Nothing more comes: what has arrived of a file stays, to be gone on with. */
  async close(): Promise<void> {
    await this.#part?.file.close()
    this.#part = undefined
  }

  get #isBusy(): boolean {
    return this.#part !== undefined || this.#isIgnoring || this.#wanted.length > 0
  }

  #failed(what: Failed): { failed: Failed } {
    this.totals.failed++
    return { failed: what }
  }

  async #list(list: readonly Entry[]): Promise<Answer[]> {
    if (this.#isBusy) throw new InvalidMessage('a list within a file')
    const answers: Answer[] = []
    for (const entry of list) {
      const answer = await this.#answer(entry)
      if (answer.is === 'refused') this.#failed({ source: entry.source, path: entry.path, why: answer.why })
      if (answer.is === 'same') this.totals.same++
      if (entry.kind === 'file' && (answer.is === 'wanted' || answer.is === 'begun'))
        this.#wanted.push({ entry, answer })
      answers.push(answer)
    }
    return answers
  }

  async #answer(entry: Entry): Promise<Answer> {
    try {
      const at = this.#placeOf(entry)
      const isAsked = this.#options.recursive || (entry.kind === 'file' && entry.path === '')
      if (!isAsked || (entry.kind === 'link' && entry.path === ''))
        return { is: 'refused', why: 'was not asked for' }
      if (entry.path !== '') await this.#checkParents(entry, at)
      if (entry.kind === 'folder') return await this.#folder(entry, at)
      if (entry.kind === 'link') return await this.#link(entry, at)
      return await this.#file(entry, at)
    } catch (error) {
      if (error instanceof InvalidMessage) throw error
      if (error instanceof RconsoleError) return { is: 'refused', why: error.message }
      return { is: 'refused', why: whyFailed(error) }
    }
  }

  /** Where an entry goes: a source’s place is ours, and what is below it goes through safe names only. */
  #placeOf({ source, path }: Pick<Entry, 'source' | 'path'>): string {
    const place = this.#options.places[source]
    if (place === undefined) throw new InvalidMessage(`there is no source ${source}`)
    return path === '' ? place : join(place, ...path.split('/').map(safeName))
  }

  /** Nothing is written through a link in a source’s place or below it: someone else may have put it there. */
  async #checkParents({ path }: Entry, at: string): Promise<void> {
    let folder = dirname(at)
    const depth = path.split('/').length
    for (let level = 0; level < depth && !this.#folders.has(folder); level++) {
      const stats = await lstat(folder)
      if (!stats.isDirectory()) throw new RconsoleError('NO_ACCESS', 'its folder is a link or a file')
      this.#folders.add(folder)
      folder = dirname(folder)
    }
  }

  async #folder(entry: Extract<Entry, { kind: 'folder' }>, at: string): Promise<Answer> {
    try {
      await mkdir(at, 0o700)
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error
      if ((await lstat(at)).isDirectory()) return { is: 'same' }
      return { is: 'refused', why: 'is there already, and is a link or a file' }
    }
    this.#folders.add(at)
    const work = async (): Promise<void> => {
      await chmod(at, entry.mode)
      await utimes(at, seconds(entry), seconds(entry))
    }
    this.#later.push({ entry, work })
    return { is: 'wanted' }
  }

  async #link(entry: Extract<Entry, { kind: 'link' }>, at: string): Promise<Answer> {
    const stats = await statOf(at)
    if (stats?.isSymbolicLink() === true && (await readlink(at)) === entry.target) return { is: 'same' }
    if (stats !== undefined && (!this.#options.force || stats.isDirectory()))
      return { is: 'refused', why: 'is there already' }
    const work = async (): Promise<void> => {
      if (stats !== undefined) await unlink(at)
      await symlink(entry.target, at)
      this.totals.files++
    }
    this.#later.push({ entry, work })
    return { is: 'wanted' }
  }

  async #file(entry: FileEntry, at: string): Promise<Answer> {
    const stats = await statOf(at)
    const isSame =
      stats?.isFile() === true && stats.size === entry.size && Math.abs(stats.mtimeMs - entry.time) < SAME_MS
    if (isSame) {
      return { is: 'same' }
    }
    if (stats?.isDirectory() === true) return { is: 'refused', why: 'is a folder there' }
    if (stats !== undefined && !this.#options.force)
      return { is: 'refused', why: 'is there already and differs (--force replaces it)' }
    const folder = dirname(at)
    if (!this.#folders.has(folder) && (await statOf(folder)) === undefined)
      return { is: 'refused', why: 'there is no such folder' }
    return await begun(partOf(at, entry))
  }

  async #begin(from: number): Promise<Reply | undefined> {
    const wanted = this.#wanted.shift()
    if (wanted === undefined || this.#part !== undefined || this.#isIgnoring)
      throw new InvalidMessage('bytes of a file that was not wanted')
    const { entry, answer } = wanted
    if (from !== 0 && !(answer.is === 'begun' && answer.bytes === from))
      throw new InvalidMessage(`a file from byte ${from}`)
    const at = this.#placeOf(entry)
    const path = partOf(at, entry)
    try {
      // A part that is there was checked when it was offered; without one nothing is opened that is not new.
      const isNew = answer.is === 'wanted' ? constants.O_CREAT | constants.O_EXCL : 0
      const file = await open(
        path,
        constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK | isNew,
        0o600,
      )
      this.#part = { entry, at, path, file, hash: createHash('sha256'), offset: from, length: 0 }
      if (answer.is === 'wanted') return undefined
      await checkPart(file)
      await file.truncate(from)
      this.#part.length = from
      if (from > 0) this.#part.hash = await hashOf(file, from)
      return undefined
    } catch (error) {
      if (isFull(error)) throw failure(at, error)
      await this.close()
      this.#isIgnoring = true
      const why = error instanceof RconsoleError ? error.message : whyFailed(error)
      return this.#failed({ source: entry.source, path: entry.path, why })
    }
  }

  async #write(part: Part, data: Uint8Array): Promise<void> {
    if (part.offset + data.length > part.entry.size) throw new InvalidMessage('more bytes than the file has')
    for (let done = 0; done < data.length;) {
      const { bytesWritten } = await part.file.write(data, done, data.length - done, part.offset + done)
      done += bytesWritten
    }
    part.hash.update(data)
    part.offset += data.length
    part.length = part.offset
    this.totals.bytes += data.length
  }

  #skip(part: Part, zeros: number): void {
    if (part.offset + zeros > part.entry.size) throw new InvalidMessage('more bytes than the file has')
    hashZeros(part.hash, zeros)
    part.offset += zeros
  }

  async #end(part: Part, digest: string): Promise<Reply | undefined> {
    const { entry, file, at, path } = part
    if (part.offset !== entry.size || part.hash.digest('base64url') !== digest)
      return await this.#fail(part, 'did not arrive as it was sent')
    // Zeros at the end were not written.
    if (part.length < entry.size) await file.truncate(entry.size)
    await file.chmod(entry.mode)
    await file.utimes(seconds(entry), seconds(entry))
    await this.close()
    await place(path, at, this.#options.force)
    this.totals.files++
    return undefined
  }

  /** This file is not coming; what there is of it is of no use. */
  async #fail({ entry, path }: Part, why: string): Promise<Reply> {
    await this.close()
    await unlink(path)
    return this.#failed({ source: entry.source, path: entry.path, why })
  }

  /** It could not be written. @throws NO_SPACE: nothing more fits, and the part would only be in the way */
  async #broke(part: Part, error: unknown, isLast: boolean): Promise<Reply> {
    if (error instanceof InvalidMessage) throw error
    const reply = await this.#fail(part, whyFailed(error))
    if (isFull(error)) throw failure(part.at, error)
    this.#isIgnoring = !isLast
    return reply
  }
}
