// rconsole run and attach on several machines: what the words and flags mean, before anything is asked.
import type { RequestOf } from '../../protocol/actions/index.ts'
import { commandText } from '../../protocol/command-text.ts'
import { RconsoleError } from '../../protocol/errors.ts'
import type { Client } from '../client.ts'
import type { Context } from '../context.ts'
import { goneBy } from '../io.ts'
import type { Machine } from '../machine.ts'
import { allWords, picked, type TargetFlags } from '../selection.ts'
import { parseDuration } from '../units.ts'
import { FleetRun, type ShowFlags } from './fleet-run.ts'
import { checkCount } from './guard.ts'

export interface FanFlags extends TargetFlags, ShowFlags {
  readonly expect?: string
  readonly parallel?: string
  readonly retrySilent?: string
  readonly detach?: true
}

const MOST_PARALLEL = 100_000

/** Run `request` on the machines that `words` mean; the exit status. @throws NO_TARGET, NOT_FOUND, AMBIGUOUS, USAGE */
export async function runOnMany(
  context: Context,
  words: readonly string[],
  request: RequestOf<'run'>,
  flags: FanFlags,
): Promise<number> {
  checkFlags(flags)
  const all = await allWords(context.io, words, flags)
  if (all.length === 0)
    throw new RconsoleError(
      'NO_TARGET',
      'run: expected machines (a name, web-*, env=prod, @all), got nothing',
    )
  return await context.withClient(async (client) => {
    const machines = picked(context.io, await context.selected(client, all), flags)
    await checkCount(context, machines, flags.expect)
    const goal = flags.detach === true ? 'start' : 'outcome'
    const begin = {
      ...request,
      ...(goal === 'start' ? { reply: 'state' as const } : {}),
      ...(flags.alike === true ? { alike: true } : {}),
    }
    const { id } = request
    const run = { id, command: commandText(request.program), begin }
    const named = machines.map((machine) => ({ id: machine.id, name: machine.name }))
    context.runBook.note({ id, command: run.command, at: Date.now(), machines: named })
    const parallel = numberFlag('--parallel', flags.parallel, MOST_PARALLEL)
    const retryFor = flags.retrySilent === undefined ? 0 : parseDuration('--retry-silent', flags.retrySilent)
    const { signal } = context.io
    return await new FleetRun({
      context,
      client,
      run,
      machines,
      show: flags,
      goal,
      parallel,
      retryFor,
      signal,
    }).run()
  })
}

export interface Followed {
  readonly context: Context
  readonly client: Client
  readonly id: string
  readonly machines: readonly Machine[]
  readonly show: ShowFlags
  /** End it instead. */
  readonly isCancel: boolean
}

/**
 * Follow a run that is on several machines, from its start, and fold it as if it had just been begun; or end it there.
 * @throws USAGE
 */
export async function followOnMany({ context, id, isCancel, ...options }: Followed): Promise<number> {
  checkFlags(options.show)
  const run = { id, command: context.runBook.find(id)?.command ?? '' }
  const signal = isCancel
    ? AbortSignal.abort(new RconsoleError('CANCELLED', 'asked to'))
    : goneBy(context.io.signal)
  const goal = isCancel ? 'end' : 'outcome'
  const asked = { context, run, goal, parallel: MOST_PARALLEL, retryFor: 0, signal } as const
  return await new FleetRun({ ...options, ...asked }).run()
}

function checkFlags({ by, out, diff, alike, showAll, detach }: FanFlags): void {
  if (by !== undefined && by !== 'host') throw new RconsoleError('USAGE', `--by: expected host, got ${by}`)
  const streams = [by !== undefined && '--by host', out !== undefined && '--out'].filter(
    (flag) => flag !== false,
  )
  const folds = [diff && '--diff', alike && '--alike', showAll && '--show-all'].filter(
    (flag) => flag !== undefined,
  )
  const shows = [...streams, ...folds]
  if (detach === true && shows[0] !== undefined)
    throw new RconsoleError('USAGE', `run: --detach shows nothing: ${shows[0]} goes with rconsole attach`)
  const [one, other] = [...streams, ...(streams.length > 0 ? folds : [])]
  if (one !== undefined && other !== undefined)
    throw new RconsoleError('USAGE', `run: ${one} and ${other} do not go together`)
}

function numberFlag(flag: string, text: string | undefined, most: number): number {
  if (text === undefined) return most
  if (/^\d{1,6}$/.test(text) && Number(text) > 0) return Number(text)
  throw new RconsoleError('USAGE', `${flag}: expected a number from 1 to 999999, got ${text}`)
}
