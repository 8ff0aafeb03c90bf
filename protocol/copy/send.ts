// The sending half of a copy: lists what there is, and sends of each file what the other end does not have.
import { createHash, type Hash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { InvalidMessage } from '../errors.ts'
import { next } from './next.ts'
import { whyFailed } from './failure.ts'
import { type Answer, type FileEntry, type Item, LIST_BYTES, LIST_ENTRIES, type Reply } from './items.ts'
import { type Listed, walk } from './walk.ts'

/** One read of a file (bytes). */
const READ_BYTES = 256 * 1024 - 1024

export interface Sending {
  readonly sources: readonly string[]
  readonly recursive: boolean
  /** The descriptor that bytes travel under: 0 to a machine, 1 from it. */
  readonly fd: 0 | 1
  readonly signal: AbortSignal
  /** What the receiver says. */
  readonly replies: AsyncIterator<Reply, unknown>
}

/**
 * Everything below the sources, in the order of `walk`.
 * @throws NO_FILE, NO_ACCESS, USAGE (a folder, not recursive), INVALID_MESSAGE (replies that fit nothing)
 */
export async function* send(sending: Sending): AsyncGenerator<Item, void, void> {
  let list: Listed[] = []
  let size = 0
  for await (const found of walk(sending.sources, sending.recursive)) {
    sending.signal.throwIfAborted()
    if ('skipped' in found) {
      yield found
      continue
    }
    const bytes = Buffer.byteLength(JSON.stringify(found.entry)) + 1
    if (list.length === LIST_ENTRIES || (list.length > 0 && size + bytes > LIST_BYTES)) {
      yield* sendList(sending, list)
      ;[list, size] = [[], 0]
    }
    list.push(found)
    size += bytes
  }
  if (list.length > 0) yield* sendList(sending, list)
}

async function* sendList(sending: Sending, list: readonly Listed[]): AsyncGenerator<Item, void, void> {
  yield { list: list.map(({ entry }) => entry) }
  const answers = await nextAnswers(sending)
  if (answers.length !== list.length)
    throw new InvalidMessage(`expected ${list.length} answers to a list, got ${answers.length}`)
  for (const [index, { entry, at }] of list.entries()) {
    const answer = answers[index]
    if (entry.kind !== 'file' || answer === undefined || !(answer.is === 'wanted' || answer.is === 'begun'))
      continue
    yield* sendFile(sending, entry, at, answer)
  }
}

async function nextAnswers({ replies, signal }: Sending): Promise<readonly Answer[]> {
  for (;;) {
    const { done, value } = await next(replies, signal)
    if (done === true) throw new InvalidMessage('the other end stopped answering')
    if ('answers' in value) return value.answers
  }
}

async function* sendFile(
  sending: Sending,
  entry: FileEntry,
  at: string,
  answer: Extract<Answer, { is: 'wanted' | 'begun' }>,
): AsyncGenerator<Item, void, void> {
  let file: FileHandle | undefined
  try {
    // What was a file when it was listed may be a link or a pipe by now: neither is followed or waited for.
    file = await open(
      at,
      constants.O_RDONLY | (entry.path === '' ? 0 : constants.O_NOFOLLOW) | constants.O_NONBLOCK,
    )
    const hash = createHash('sha256')
    const from = answer.is === 'begun' ? await verified(file, hash, answer, entry.size) : 0
    yield { from }
    yield* sendBytes(sending, file, { entry, from, hash: from === 0 ? createHash('sha256') : hash })
  } catch (error) {
    if (sending.signal.aborted) throw error
    const why = whyFailed(error)
    if (file === undefined) yield { from: 0 }
    yield { broken: why }
  } finally {
    await file?.close()
  }
}

/** How much of what the receiver has is how this file begins; `hash` has then seen it. */
async function verified(
  file: FileHandle,
  hash: Hash,
  { bytes, digest }: Extract<Answer, { is: 'begun' }>,
  size: number,
): Promise<number> {
  if (bytes > size) return 0
  const buffer = Buffer.allocUnsafe(READ_BYTES)
  for (let at = 0; at < bytes;) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, bytes - at), at)
    if (bytesRead === 0) return 0
    hash.update(buffer.subarray(0, bytesRead))
    at += bytesRead
  }
  return hash.copy().digest('base64url') === digest ? bytes : 0
}

async function* sendBytes(
  { fd, signal }: Sending,
  file: FileHandle,
  { entry, from, hash }: { entry: FileEntry; from: number; hash: Hash },
): AsyncGenerator<Item, void, void> {
  let zeros = 0
  for (let at = from; at < entry.size;) {
    signal.throwIfAborted()
    // A buffer of its own: what was yielded may still wait to be sent.
    const buffer = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, entry.size - at))
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at)
    if (bytesRead === 0) {
      yield { broken: 'became shorter while it was copied' }
      return
    }
    const data = buffer.subarray(0, bytesRead)
    hash.update(data)
    at += bytesRead
    if (entry.sparse === true && isZero(data)) {
      zeros += data.length
      continue
    }
    if (zeros > 0) yield { zeros }
    zeros = 0
    yield { fd, data }
  }
  if (zeros > 0) yield { zeros }
  const { mtimeMs, size } = await file.stat()
  if (mtimeMs === entry.time && size === entry.size) yield { end: hash.digest('base64url') }
  else yield { broken: 'changed while it was copied' }
}

const ZEROS = Buffer.alloc(READ_BYTES)

function isZero(data: Buffer): boolean {
  return data.equals(ZEROS.subarray(0, data.length))
}
