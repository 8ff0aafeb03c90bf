// Fetching statements from a relay and bringing them there, over plain HTTP requests.
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import * as v from 'valibot'
import { ERROR_CODES, RconsoleError, systemCode } from './errors.ts'
import { FLEET_BYTES } from './limits.ts'
import type { RelayUrl } from './relay-url.ts'
import { relayRefusal } from './relay-word.ts'
import { routeTo } from './route.ts'

/** A relay that answers later than this does not answer (ms). */
const ANSWER_MS = 15_000

const refusalSchema = v.object({
  code: v.picklist(ERROR_CODES),
  message: v.pipe(v.string(), v.maxLength(1000)),
})

/** The statement at `path`. @throws NOT_FOUND, RELAY_UNREACHABLE, or the relay's own code */
export async function fetchStatement(relay: RelayUrl, path: string): Promise<string> {
  const text = await ask(relay, 'GET', path)
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)) return text
  throw new RconsoleError('RELAY_UNREACHABLE', `${relay.url} answers something else: is it a relay of ours?`)
}

/** Bring a statement to `path`. @throws RELAY_UNREACHABLE, or the relay's own code */
export async function bringStatement(relay: RelayUrl, path: string, jws: string): Promise<void> {
  await ask(relay, 'PUT', path, jws)
}

async function ask(relay: RelayUrl, method: 'GET' | 'PUT', path: string, body?: string): Promise<string> {
  const { status, text } = await exchange(relay, method, path, body)
  if (status >= 200 && status < 300) return text
  const refusal = v.safeParse(refusalSchema, tryJson(text))
  if (refusal.success) throw relayRefusal(refusal.output.code, refusal.output.message)
  throw new RconsoleError('RELAY_UNREACHABLE', `${relay.url} answered ${status}: is it a relay of ours?`)
}

async function exchange(
  relay: RelayUrl,
  method: string,
  path: string,
  body?: string,
): Promise<{ status: number; text: string }> {
  const route = routeTo(relay)
  const send = relay.url.startsWith('https:') ? httpsRequest : httpRequest
  return await new Promise((resolve, reject) => {
    const failed = (cause: Error): void => {
      const why = systemCode(cause) ?? cause.message
      reject(new RconsoleError('RELAY_UNREACHABLE', `cannot reach the relay ${relay.url}: ${why}`, { cause }))
    }
    const headers = { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(body ?? '') }
    const outgoing = send(new URL(path, relay.url), { method, headers, ...route }, (answer) => {
      const parts: Buffer[] = []
      let bytes = 0
      answer.on('data', (part: Buffer) => {
        bytes += part.length
        if (bytes > FLEET_BYTES) outgoing.destroy(new Error('the answer is too large'))
        else parts.push(part)
      })
      answer.once('error', failed)
      answer.once('end', () =>
        resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString() }),
      )
    })
    // The socket's own timeout starts again with each byte, and a relay could send one now and then for ever.
    const deadline = setTimeout(() => outgoing.destroy(new Error('no answer')), ANSWER_MS)
    outgoing.once('close', () => clearTimeout(deadline))
    outgoing.once('error', failed)
    outgoing.end(body)
  })
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Some other server's page: the caller says so.
    return undefined
  }
}
