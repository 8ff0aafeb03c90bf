// The local commands of ragent: one request to the agent that runs with this home, and its answer shown.
import { connect } from 'node:net'
import * as v from 'valibot'
import { clean } from '../protocol/clean.ts'
import { RconsoleError, systemCode } from '../protocol/errors.ts'
import {
  ANSWER_BYTES,
  type ControlAnswer,
  controlAnswerSchema,
  controlPath,
  type ControlRequest,
  type Status,
} from './control-messages.ts'

/** How long an agent may take (ms): a stop waits for what it ends. */
const ANSWER_MS = 30_000

/** What to print. @throws OFFLINE when no agent runs there, and what the agent refuses */
export async function askLocally(home: string, request: ControlRequest, isJson: boolean): Promise<string> {
  const answer = await exchange(home, request)
  if ('error' in answer) throw new RconsoleError(answer.error.code, answer.error.message)
  if ('line' in answer) return isJson ? `${JSON.stringify(answer)}\n` : `${clean(answer.line)}\n`
  if (isJson) return `${JSON.stringify(answer.status)}\n`
  return `${linesOf(answer.status).map(clean).join('\n')}\n`
}

async function exchange(home: string, request: ControlRequest): Promise<ControlAnswer> {
  const text = await new Promise<string>((resolve, reject) => {
    let received = ''
    const socket = connect(controlPath(home))
    socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error('no answer')))
    socket.setEncoding('utf8')
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`))
    socket.on('data', (data: string) => {
      received += data
      if (received.length > ANSWER_BYTES) socket.destroy(new Error('too much'))
    })
    socket.on('end', () => resolve(received))
    socket.on('error', (error) => reject(unreachable(home, error)))
  })
  try {
    return v.parse(controlAnswerSchema, JSON.parse(text))
  } catch (cause) {
    throw new RconsoleError(
      'PROTOCOL_VERSION',
      'the agent answered what this ragent cannot read: is it an older one?',
      {
        cause,
      },
    )
  }
}

function unreachable(home: string, cause: Error): RconsoleError {
  const code = systemCode(cause)
  if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTDIR')
    return new RconsoleError(
      'OFFLINE',
      `no ragent runs with the home ${home}: start it, or give its --home`,
      { cause },
    )
  if (code === 'EACCES' || code === 'EPERM')
    return new RconsoleError(
      'HOME',
      `${home} belongs to another user: run this as root or as the user of ragent`,
      { cause },
    )
  return new RconsoleError('GONE', `the ragent of ${home} gave no answer: ${code ?? cause.message}`, {
    cause,
  })
}

function linesOf(status: Status): string[] {
  const { name, connected, relay, fleet, document, frozen, sessions, runs, shells, policy } = status
  const operators = [...new Set(sessions.map(({ operator }) => operator))]
  return [
    `${name} (pid ${status.pid}, ${status.version}) is ${connected ? '' : 'not '}connected to ${relay}`,
    `fleet ${fleet}, document ${document}`,
    ...(frozen ? [`frozen by ${frozen.by} since ${frozen.since}`] : []),
    `${sessions.length} sessions${operators.length > 0 ? ` of ${operators.join(', ')}` : ''}, ${runs} runs, ${shells} shells`,
    ...policy.map(({ name: field, value, from }) => `policy ${field.padEnd(10)} ${shown(value)} (${from})`),
    ...status.grants.map(({ what, operator, until }) => `grant  ${what} ${operator} until ${until}`),
    ...status.questions.map(
      ({ id, operator, rule, what }) =>
        `waits  ${id}: ${operator} asks for ${rule}: ${what} (ragent allow ${id} | deny ${id})`,
    ),
  ]
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
