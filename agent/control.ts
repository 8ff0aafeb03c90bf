// The agent's local door: a socket in its home, for whoever may enter that folder; never reachable from the relay.
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import * as v from 'valibot'
import type { Logger } from 'pino'
import { systemCode, toRconsoleError } from '../protocol/errors.ts'
import { explain } from '../protocol/explain.ts'
import {
  type ControlAnswer,
  controlPath,
  type ControlRequest,
  controlRequestSchema,
  REQUEST_BYTES,
} from './control-messages.ts'

/** Connections at once, and how long one may take to say what it wants (ms). */
const MOST_CONNECTIONS = 16
const PATIENCE_MS = 5_000

type Serve = (request: ControlRequest) => ControlAnswer | Promise<ControlAnswer>

/** Listen in `home`. Returns how to stop. A home whose path is too long for a socket has no local commands. */
export async function listenLocally(home: string, serve: Serve, log: Logger): Promise<() => void> {
  const path = controlPath(home)
  const isFile = process.platform !== 'win32'
  // The lock says that no other agent uses this home: what is there was left behind.
  if (isFile) rmSync(path, { force: true })
  const server = createServer((socket) => void answer(socket, serve))
  server.maxConnections = MOST_CONNECTIONS
  try {
    await listening(server, path)
    if (isFile) chmodSync(path, 0o600)
  } catch (error) {
    log.warn({ code: systemCode(error) }, 'no local commands: cannot listen in the home')
  }
  return () => {
    server.close()
    if (isFile) rmSync(path, { force: true })
  }
}

async function listening(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

async function answer(socket: Socket, serve: Serve): Promise<void> {
  // Whoever asked is gone: nothing of this is worth more than the answer.
  socket.on('error', () => undefined)
  const line = await readLine(socket)
  if (line === undefined) {
    socket.destroy()
    return
  }
  socket.end(`${JSON.stringify(await answerTo(line, serve))}\n`)
}

async function answerTo(line: string, serve: Serve): Promise<ControlAnswer> {
  try {
    const parsed = v.safeParse(controlRequestSchema, JSON.parse(line))
    if (parsed.success) return await serve(parsed.output)
    return { error: { code: 'INVALID_MESSAGE', message: explain(parsed.issues) } }
  } catch (error) {
    const { code, message } = toRconsoleError(error)
    return { error: { code, message } }
  }
}

/** The first line, or undefined when none came in time or in size. */
async function readLine(socket: Socket): Promise<string | undefined> {
  return await new Promise((resolve) => {
    let text = ''
    const timer = setTimeout(() => resolve(undefined), PATIENCE_MS)
    const settle = (line: string | undefined): void => {
      clearTimeout(timer)
      resolve(line)
    }
    socket.setEncoding('utf8')
    socket.on('data', (data: string) => {
      text += data
      const at = text.indexOf('\n')
      if (at >= 0) settle(text.slice(0, at))
      else if (text.length > REQUEST_BYTES) settle(undefined)
    })
    socket.on('close', () => settle(undefined))
  })
}
