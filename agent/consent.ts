// A word at the machine before anything of an operator's begins there: a notice, or a question that someone answers.
import { spawn } from 'node:child_process'
import type { Logger } from 'pino'
import { RconsoleError } from '../protocol/errors.ts'
import type { Asked } from '../protocol/owner-policy.ts'
import { findProgram } from './find-program.ts'
import { after } from './timer.ts'

/** How long a question waits for its answer (ms). */
const ANSWER_MS = 60_000
/** Questions that wait at once: more would be asked than anyone answers. */
const MOST_QUESTIONS = 16

export interface Question {
  readonly id: string
  readonly operator: string
  readonly rule: string
  /** What would run, for the eyes of the owner only. */
  readonly what: string
  /** Milliseconds since 1970. */
  readonly since: number
}

interface Waiting {
  readonly question: Question
  yes(): void
  no(): void
  /** Stop its timer. */
  stop(): void
}

export class Consent {
  readonly #log: Logger
  readonly #waiting = new Map<string, Waiting>()
  #last = 0

  constructor(log: Logger) {
    this.#log = log
  }

  get questions(): readonly Question[] {
    return [...this.#waiting.values()].map(({ question }) => question)
  }

  /** Tell whoever is at the machine. */
  notify({ operator, rule }: Asked): void {
    this.#log.info({ operator, rule }, 'notice given')
    tellEveryone(`ragent: ${operator} begins a ${rule} on this machine`)
  }

  /** Ask whoever is at the machine. @throws POLICY when they say no or nothing, BUSY, or the reason of `signal` */
  async ask(asked: Asked, what: string, signal: AbortSignal): Promise<void> {
    const { machine, operator, rule } = asked
    if (this.#waiting.size >= MOST_QUESTIONS)
      throw new RconsoleError('BUSY', `${machine} waits for ${MOST_QUESTIONS} answers of its owner already`)
    const id = String(++this.#last)
    this.#log.info({ operator, rule, id }, 'consent asked')
    tellEveryone(
      `ragent: ${operator} asks for a ${rule} here. ragent status; ragent allow ${id}; ragent deny ${id}`,
    )
    const answer = await this.#answer({ id, operator, rule, what, since: Date.now() }, signal)
    signal.throwIfAborted()
    this.#log.info({ operator, rule, id, answer }, 'consent answered')
    if (answer === 'yes') return
    const why = answer === 'no' ? 'said no' : `did not answer within ${ANSWER_MS / 1000} s`
    throw new RconsoleError(
      'POLICY',
      `${machine} refuses ${rule}: its owner's policy says consent: ask, and nobody there allowed it (they ${why}; \`ragent allow ID\`)`,
    )
  }

  /** The answer of someone at the machine. Returns the question, if it still waits. */
  answer(id: string, isAllowed: boolean): Question | undefined {
    const waiting = this.#waiting.get(id)
    if (isAllowed) waiting?.yes()
    else waiting?.no()
    return waiting?.question
  }

  async #answer(question: Question, signal: AbortSignal): Promise<Said> {
    const { id } = question
    try {
      return await new Promise((resolve) => {
        const settle = (said: Said) => (): void => resolve(said)
        const stop = after(ANSWER_MS, settle('nothing'))
        signal.addEventListener('abort', settle('nothing'), { once: true })
        this.#waiting.set(id, { question, stop, yes: settle('yes'), no: settle('no') })
        if (signal.aborted) resolve('nothing')
      })
    } finally {
      this.#waiting.get(id)?.stop()
      this.#waiting.delete(id)
    }
  }
}

type Said = 'yes' | 'no' | 'nothing'

/** wall(1), where there is one; the log has it in any case. */
function tellEveryone(line: string): void {
  const path = findProgram('wall')
  if (path === undefined) return
  const wall = spawn(path, { stdio: ['pipe', 'ignore', 'ignore'] })
  // It could not be started, or ended before it read: then it is only in the log.
  wall.on('error', () => undefined)
  wall.stdin.on('error', () => undefined)
  wall.stdin.end(`${line}\n`)
}
