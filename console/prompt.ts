// The seed's prompt: a line is a word of ours, or a command for one of the machine's shells.
import type { FACTS } from '../protocol/actions/facts.ts'
import type { RequestOf } from '../protocol/actions/index.ts'
import { RconsoleError } from '../protocol/errors.ts'
import { ask, order, pingBoth, waitFor } from './ask.ts'
import type { Client } from './client.ts'
import { factLines } from './facts.ts'
import type { Machine } from './machine.ts'
import { statusOf } from './status.ts'
import { pingLine } from './units.ts'
import { newWorkId } from './work-id.ts'

/** After `reset`, a script goes on when the machine is back (ms). */
const BACK_MS = 30_000

type Shell = Extract<RequestOf<'run'>['program'], { line: string }>['shell']
const PREFIX: Readonly<Record<string, Shell>> = { dos: 'cmd', linux: 'sh', powershell: 'powershell' }

export const PROMPT_HELP = `help                what can be typed here
ip                  interface and address, one a line
name  os  cpu  ram  what the machine is
ping                round trips to the agent and to the relay
clear               clear the screen
linux:COMMAND       run in sh
dos:COMMAND         run in cmd.exe
powershell:COMMAND  run in PowerShell
disconnect          end your sessions with this machine
reset               make its agent start over; it comes back
kill                end its agent; it stays down until started there
anything else       runs in the machine's own shell
`

/** Where a line's output goes. Bytes come from a program of the machine; text is ours and already clean. */
export interface Screen {
  bytes(fd: 1 | 2, data: Uint8Array): Promise<void>
  text(text: string): Promise<void>
  clear(): Promise<void>
  /** Whether to go on with kill or reset; a script is not asked. */
  confirm(word: 'kill' | 'reset'): Promise<boolean>
}

/** How a line ended: its status, and whether the session goes on after it. */
export interface LineEnd {
  readonly status: number
  readonly isLast: boolean
}

export class Prompt {
  readonly #client: Client
  #machine: Machine

  constructor(client: Client, machine: Machine) {
    this.#client = client
    this.#machine = machine
  }

  get name(): string {
    return this.#machine.name
  }

  /** Do one line. @throws what calling the machine throws */
  async line(text: string, screen: Screen, signal: AbortSignal): Promise<LineEnd> {
    const line = text.trim()
    const word = line.toLowerCase()
    for (const order of ['kill', 'reset'] as const) {
      // With the name beside it, the word has been confirmed.
      if (word === `${order} ${this.name.toLowerCase()}`) return await this.#order(order, screen, signal)
    }
    switch (word) {
      case '':
        return ok
      case 'help':
        await screen.text(PROMPT_HELP)
        return ok
      case 'clear':
        await screen.clear()
        return ok
      case 'ip':
      case 'name':
      case 'os':
      case 'cpu':
      case 'ram':
        return await this.#fact(word, screen, signal)
      case 'ping': {
        const { agent, relay } = await pingBoth(this.#client, this.#machine, signal)
        await screen.text(pingLine(agent, relay))
        return ok
      }
      case 'disconnect':
        await order(this.#client, this.#machine, { word }, signal)
        await screen.text(`disconnected from ${this.name}\n`)
        return { status: 0, isLast: true }
      case 'kill':
      case 'reset':
        return (await screen.confirm(word))
          ? await this.#order(word, screen, signal)
          : { status: 1, isLast: false }
      default:
        return await this.#run(line, screen, signal)
    }
  }

  async #fact(part: (typeof FACTS)[number], screen: Screen, signal: AbortSignal): Promise<LineEnd> {
    const lines = factLines(await ask(this.#client, this.#machine, 'facts', { parts: [part] }, signal))
    await screen.text(`${lines.join('\n')}\n`)
    return ok
  }

  async #order(word: 'kill' | 'reset', screen: Screen, signal: AbortSignal): Promise<LineEnd> {
    const { id, presence } = this.#machine
    await order(this.#client, this.#machine, { word }, signal)
    const isShown = (machine: Machine): boolean =>
      word === 'kill'
        ? machine.state === 'killed'
        : machine.state === 'online' && machine.presence?.boot !== presence?.boot
    this.#machine = await waitFor(this.#client, id, isShown, {
      ms: BACK_MS,
      what: `${this.name}: ${word}`,
      signal,
    })
    await screen.text(word === 'kill' ? `${this.name} killed\n` : `${this.name} reset; it is back\n`)
    return { status: 0, isLast: word === 'kill' }
  }

  async #run(line: string, screen: Screen, signal: AbortSignal): Promise<LineEnd> {
    const request: RequestOf<'run'> = { id: newWorkId(), program: programOf(line), tied: true }
    const call = this.#client.call(this.#machine, 'run', request, { signal })
    for (;;) {
      const { done, value } = await call.next()
      if (done === true) return { status: statusOf(value), isLast: false }
      if ('data' in value) await screen.bytes(value.fd, value.data)
    }
  }
}

const ok: LineEnd = { status: 0, isLast: false }

/** `dos:dir`, `Linux: ls /`; any other line is for the machine's own shell. @throws USAGE for a prefix without a command */
function programOf(line: string): RequestOf<'run'>['program'] {
  const [, prefix = '', rest = ''] = /^([a-z]+):(.*)$/is.exec(line) ?? []
  const shell = Object.hasOwn(PREFIX, prefix.toLowerCase()) ? PREFIX[prefix.toLowerCase()] : undefined
  if (shell === undefined) return { line, shell: 'own' }
  if (rest.trim() === '') throw new RconsoleError('USAGE', `${prefix}: expected a command after the colon`)
  return { line: rest.trim(), shell }
}
