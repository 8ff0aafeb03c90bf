// What the local commands of ragent say to the agent, and what it answers: one line of JSON each way.
import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import * as v from 'valibot'
import { ERROR_CODES } from '../protocol/errors.ts'
import { GRANTED } from '../protocol/owner-policy.ts'

/** A request, and an answer (bytes): a status shows every pattern of a policy. */
export const REQUEST_BYTES = 4096
export const ANSWER_BYTES = 1024 * 1024

const name = v.pipe(v.string(), v.maxLength(256))

export const controlRequestSchema = v.variant('ask', [
  v.strictObject({ ask: v.literal('status') }),
  v.strictObject({
    ask: v.literal('grant'),
    what: v.picklist(GRANTED),
    operator: name,
    /** For how long (ms). */
    ms: v.pipe(v.number(), v.integer(), v.minValue(1)),
  }),
  v.strictObject({ ask: v.literal('revoke'), what: v.picklist(GRANTED), operator: name }),
  v.strictObject({ ask: v.literal('answer'), id: name, isAllowed: v.boolean() }),
  v.strictObject({ ask: v.literal('stop') }),
])
export type ControlRequest = v.InferOutput<typeof controlRequestSchema>

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
/** ISO 8601, as scripts read it. */
const time = v.string()

export const statusSchema = v.strictObject({
  name: v.string(),
  id: v.string(),
  pid: count,
  version: v.string(),
  relay: v.string(),
  connected: v.boolean(),
  fleet: v.string(),
  /** The version of the fleet document that it obeys. */
  document: count,
  frozen: v.nullable(v.strictObject({ by: v.string(), since: time })),
  sessions: v.array(v.strictObject({ operator: v.string() })),
  runs: count,
  shells: count,
  policy: v.array(v.strictObject({ name: v.string(), value: v.unknown(), from: v.string() })),
  grants: v.array(v.strictObject({ what: v.string(), operator: v.string(), until: time })),
  questions: v.array(
    v.strictObject({ id: v.string(), operator: v.string(), rule: v.string(), what: v.string(), since: time }),
  ),
})
export type Status = v.InferOutput<typeof statusSchema>

export const controlAnswerSchema = v.union([
  v.strictObject({ status: statusSchema }),
  /** What has been done, for a person. */
  v.strictObject({ line: v.string() }),
  v.strictObject({ error: v.strictObject({ code: v.picklist(ERROR_CODES), message: v.string() }) }),
])
export type ControlAnswer = v.InferOutput<typeof controlAnswerSchema>

/** Where the agent of this home listens: a socket in its folder; on Windows a pipe named after it. */
export function controlPath(home: string): string {
  if (process.platform !== 'win32') return join(home, 'control.sock')
  const hash = createHash('sha256').update(resolve(home)).digest('hex')
  return `\\\\.\\pipe\\ragent-${hash.slice(0, 32)}`
}
