// Before many machines are asked: whether that is how many were meant.
import { createInterface } from 'node:readline/promises'
import { RconsoleError } from '../../protocol/errors.ts'
import { clean } from '../../protocol/clean.ts'
import type { Context } from '../context.ts'
import { type Io } from '../io.ts'
import { foldNames } from '../ranges.ts'

/** More machines than this are asked about; RCONSOLE_ASK_ABOVE or `rconsole config` change it. */
const ASK_ABOVE = 20
const NAMES_SHOWN = 300

/**
 * A person types the number of machines, a script says it with --expect.
 * @throws USAGE when it is another number, or was not said: nothing has been started
 */
export async function checkCount(
  context: Pick<Context, 'io' | 'settings'>,
  machines: readonly { readonly name: string }[],
  expected: string | undefined,
): Promise<void> {
  const { io } = context
  const count = machines.length
  if (expected !== undefined) {
    if (/^\d{1,9}$/.test(expected) && Number(expected) === count) return
    throw refused(`--expect ${expected}: the targets mean ${count}`)
  }
  if (count <= askAbove(context)) return
  if (!hasPerson(io)) throw refused(`the targets mean ${count} machines: say --expect ${count}`)
  const names = foldNames(machines.map(({ name }) => name)).join(' ')
  const shown = names.length > NAMES_SHOWN ? `${names.slice(0, NAMES_SHOWN)} …` : names
  const answer = await ask(io, `${clean(shown)}\nThis runs on ${count} machines. Type the number to go on: `)
  if (answer.trim() !== String(count)) throw refused(`expected ${count}, got ${JSON.stringify(answer)}`)
}

/** Whether somebody reads what we ask, and can answer. */
export function hasPerson({ stdin, stderr }: Io): boolean {
  return stdin.isTTY === true && stderr.isTTY === true
}

/** A line from the terminal, which stays as it is: Ctrl-C is the signal that it always is. */
export async function ask({ stdin, stderr }: Io, question: string, signal?: AbortSignal): Promise<string> {
  const line = createInterface({ input: stdin, terminal: false })
  stderr.write(question)
  try {
    return await line.question('', signal === undefined ? {} : { signal })
  } finally {
    line.close()
  }
}

/** More machines than this are asked about. @throws USAGE for a RCONSOLE_ASK_ABOVE that is no number */
export function askAbove({ io, settings }: Pick<Context, 'io' | 'settings'>): number {
  const told = io.env['RCONSOLE_ASK_ABOVE'] ?? settings.askAbove ?? String(ASK_ABOVE)
  if (/^\d{1,9}$/.test(told)) return Number(told)
  throw new RconsoleError('USAGE', `RCONSOLE_ASK_ABOVE: expected a number, got ${JSON.stringify(told)}`)
}

function refused(why: string): RconsoleError {
  return new RconsoleError('USAGE', `run: ${why}; nothing was started`)
}
