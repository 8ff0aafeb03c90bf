// What travels when files are copied: lists of entries, the receiver's answers, and the bytes it wants.
import * as v from 'valibot'
import { chunk, text } from '../action.ts'
import { hashSchema } from '../statement.ts'

/** 2^53 - 1 bytes are 8 PiB. */
const bytes = v.pipe(v.number(), v.integer(), v.minValue(0))
const mode = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0o777))
/** Milliseconds since 1970, of which file systems keep thousandths. */
const time = v.pipe(v.number(), v.minValue(-(2 ** 52)), v.maxValue(2 ** 52))
/** Below the source that it belongs to, with slashes; empty for the source itself. */
const path = text(4096)
/** The place of the source in the request. */
const source = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(999))

const entrySchema = v.variant('kind', [
  v.strictObject({
    kind: v.literal('file'),
    source,
    path,
    mode,
    time,
    size: bytes,
    sparse: v.optional(v.literal(true)),
  }),
  v.strictObject({ kind: v.literal('folder'), source, path, mode, time }),
  v.strictObject({ kind: v.literal('link'), source, path, target: text(4096) }),
])
export type Entry = v.InferOutput<typeof entrySchema>
export type FileEntry = Extract<Entry, { kind: 'file' }>

/** Entries in one list: what fits into a value is decided by their length in JSON (bytes). */
export const LIST_ENTRIES = 512
export const LIST_BYTES = 32 * 1024

const answerSchema = v.variant('is', [
  v.strictObject({ is: v.literal('wanted') }),
  /** A part of it is here, from a copy that was cut: its length and its SHA-256. */
  v.strictObject({ is: v.literal('begun'), bytes, digest: hashSchema }),
  /** It is here already, with this size and time. */
  v.strictObject({ is: v.literal('same') }),
  v.strictObject({ is: v.literal('refused'), why: text(1000) }),
])
export type Answer = v.InferOutput<typeof answerSchema>

/** Something that was not copied, and why. */
const failedSchema = v.strictObject({ source, path, why: text(1000) })
export type Failed = v.InferOutput<typeof failedSchema>

/** From the one who has the files. */
export const itemSchema = v.union([
  chunk(0, 1),
  v.strictObject({ list: v.pipe(v.array(entrySchema), v.minLength(1), v.maxLength(LIST_ENTRIES)) }),
  /** The bytes of the next file of the list that was wanted begin here, at this offset. */
  v.strictObject({ from: bytes }),
  /** So many zeros, which need not be written. */
  v.strictObject({ zeros: v.pipe(bytes, v.minValue(1)) }),
  /** All bytes were sent; SHA-256 of the whole file. */
  v.strictObject({ end: hashSchema }),
  /** The file changed or could not be read to its end. */
  v.strictObject({ broken: text(1000) }),
  /** Something that could not be read at all. */
  v.strictObject({ skipped: failedSchema }),
])
export type Item = v.InferOutput<typeof itemSchema>

/** From the one who gets them: an answer to each list, in its order, and what became of a file if that was not well. */
export const replySchema = v.union([
  v.strictObject({ answers: v.pipe(v.array(answerSchema), v.minLength(1), v.maxLength(LIST_ENTRIES)) }),
  v.strictObject({ failed: failedSchema }),
])
export type Reply = v.InferOutput<typeof replySchema>

/** What a copy came to. */
export const totalsSchema = v.strictObject({ files: bytes, bytes, same: bytes, failed: bytes })
export type Totals = v.InferOutput<typeof totalsSchema>
