// What people do while a relay is hostile, and what has to be true of each piece of it afterwards.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Answer, World } from '../world.ts'
import { Dice } from './dice.ts'

/** One piece of work: it is done, and then judged. Each fault is a line. */
export interface Work {
  readonly id: string
  readonly program: 'run' | 'shell'
  readonly args: readonly string[]
  readonly input?: Buffer
  judge(answer: Answer): string[]
}

export interface Place {
  readonly world: World
  readonly machines: readonly string[]
  /** Where each side effect leaves its line. */
  readonly ledger: string
  /** In everything that is secret: searched for on the wire. */
  readonly marker: string
}

/** Words under which the console may leave open whether something ran. */
const OPEN_ENDED = /unconfirmed|may have|lost/
/** An honest machine or console that says these knows that nothing ran. */
const DID_NOT_RUN = /nothing was sent|did nothing/

/** The `index`-th piece of work of a seed. */
export function workOf(seed: string, index: number, place: Place): Work {
  const dice = new Dice(`${seed}/work/${index}`)
  const id = `${place.marker}-${index}`
  const machine = dice.one(place.machines) ?? ''
  const make = dice.one([effect, effect, output, input, shell]) ?? effect
  return make({ id, machine, dice, place })
}

interface Made {
  readonly id: string
  readonly machine: string
  readonly dice: Dice
  readonly place: Place
}

/** One line appended: at most once, and exactly once when the console said that it was done. */
function effect({ id, machine, place }: Made): Work {
  const args = [machine, '-n', '--', 'sh', '-c', `echo ${id} >> ${place.ledger}`]
  return { id, program: 'run', args, judge: (answer) => counted(place, id, answer, 0) }
}

/** Known bytes printed: whole when it was done, the beginning of them otherwise. */
function output({ id, machine, dice, place }: Made): Work {
  const [lines, step] = [dice.between(100, 20_000), dice.between(1, 9)]
  const script = `i=0; while [ $i -lt ${lines} ]; do echo ${id} $i; i=$((i+${step})); done; echo ${id} >> ${place.ledger}`
  const expected = Buffer.from(
    Array.from({ length: Math.ceil(lines / step) }, (_, at) => `${id} ${at * step}\n`).join(''),
  )
  return {
    id,
    program: 'run',
    args: [machine, '-n', '--', 'sh', '-c', script],
    judge: (answer) => [
      ...counted(place, id, answer, 0),
      ...compared(id, 'output', answer.stdout, expected, answer.status === 0),
    ],
  }
}

/** Known bytes fed: whole when it was done, the beginning of them otherwise. */
function input({ id, machine, dice, place }: Made): Work {
  const copy = join(place.world.folder, `${id}.copy`)
  const fed = Buffer.from(`${id}\n`.repeat(dice.between(1, 5_000)))
  return {
    id,
    program: 'run',
    input: fed,
    args: [machine, '--', 'sh', '-c', `cat > ${copy}; echo ${id} >> ${place.ledger}`],
    judge: (answer) => [
      ...counted(place, id, answer, 0),
      ...compared(
        id,
        'input',
        existsSync(copy) ? readFileSync(copy) : Buffer.alloc(0),
        fed,
        answer.status === 0,
      ),
    ],
  }
}

/** Keystrokes: each line took effect at most once and in order, and all of them when the shell said its status. */
function shell({ id, machine, dice, place }: Made): Work {
  const own = join(place.world.folder, `${id}.typed`)
  const lines = Array.from({ length: dice.between(1, 20) }, (_, at) => `${id} ${at}`)
  const status = dice.between(3, 100)
  const typed = `${lines.map((line) => `echo ${line} >> ${own}\n`).join('')}exit ${status}\n`
  return {
    id,
    program: 'shell',
    input: Buffer.from(typed),
    args: [machine, '--shell', '/bin/sh'],
    judge(answer) {
      const done = existsSync(own) ? readFileSync(own) : Buffer.alloc(0)
      const whole = Buffer.from(lines.map((line) => `${line}\n`).join(''))
      return [
        ...said(id, answer, done.length > 0, status),
        ...compared(id, 'typed', done, whole, answer.status === status),
      ]
    },
  }
}

function counted({ ledger }: Place, id: string, answer: Answer, done: number): string[] {
  const count = readLedger(ledger).filter((line) => line === id).length
  return [
    ...(count > 1 ? [`${id} ran ${count} times`] : []),
    ...(answer.status === done && count === 0 ? [`${id} was said to be done and did not run`] : []),
    ...said(id, answer, count > 0, done),
  ]
}

/** What a console says must be true, in one clean line. */
function said(id: string, { status, signal, stderr }: Answer, hasRun: boolean, done: number): string[] {
  const line = JSON.stringify(stderr)
  return [
    ...(hasRun && DID_NOT_RUN.test(stderr)
      ? [`${id} ran, and the console says that it did not: ${line}`]
      : []),
    ...(hasRun && status !== done && !OPEN_ENDED.test(stderr)
      ? [`${id} ran, and the console does not say that it may have (${status}): ${line}`]
      : []),
    ...(signal !== null ? [`${id}: the console was ended by ${signal}`] : []),
    ...(/this is a bug|\n\s+at |UnhandledPromise|internal error/.test(stderr)
      ? [`${id}: the console broke: ${line}`]
      : []),
    ...(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/.test(stderr)
      ? [`${id}: the relay reached the terminal: ${line}`]
      : []),
  ]
}

function compared(id: string, what: string, got: Buffer, expected: Buffer, isDone: boolean): string[] {
  if (isDone && !got.equals(expected))
    return [
      `${id}: ${what} of ${got.length} bytes (${digest(got)}), expected ${expected.length} (${digest(expected)})`,
    ]
  if (!expected.subarray(0, got.length).equals(got))
    return [`${id}: ${what} is not the beginning of what was asked for`]
  return []
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 12)
}

export function readLedger(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : []
}
