// rconsole freeze, unfreeze: machines that do nothing any more until an admin says so.
import { Command as Parser } from 'commander'
import type { ResultOf } from '../../protocol/actions/index.ts'
import { RconsoleError, toRconsoleError } from '../../protocol/errors.ts'
import { ask } from '../ask.ts'
import type { Client } from '../client.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { say, writeJson } from '../io.ts'
import type { Machine } from '../machine.ts'
import { select } from '../targets.ts'

/** Machines that are spoken to at the same time. */
const AT_ONCE = 64

interface Flags {
  readonly killRuns?: true
  readonly json?: true
}

type Word = 'freeze' | 'unfreeze'

export const freeze: Command = {
  name: 'freeze',
  uses: ['freeze'],
  build: (act) =>
    base('freeze', 'make machines refuse everything but facts, ping and kill, until an admin unfreezes them')
      .option('--kill-runs', 'end what they run, too; shells hang up in any case')
      .action((targets: string[], flags: Flags, parser: Parser) =>
        act(parser, (context) => tell(context, 'freeze', targets, flags)),
      ),
}

export const unfreeze: Command = {
  name: 'unfreeze',
  uses: ['freeze'],
  build: (act) =>
    base('unfreeze', 'let frozen machines work again; takes an admin').action(
      (targets: string[], flags: Flags, parser: Parser) =>
        act(parser, (context) => tell(context, 'unfreeze', targets, flags)),
    ),
}

function base(name: Word, summary: string): Parser {
  return new Parser(name)
    .description(summary)
    .argument('[target...]', 'names, ids, globs like web-*, labels like env=prod (comma is AND), @all, !not')
    .option(
      '--json',
      'one JSON object a line: id, name, frozen, by, since, runs, shells; or id, name, error, code',
    )
}

/** The machines at the same time, one line each as they answer. */
async function tell(context: Context, word: Word, targets: readonly string[], flags: Flags): Promise<number> {
  // Said before anything is dialled: no target never means all.
  if (targets.length === 0)
    throw new RconsoleError(
      'NO_TARGET',
      `${word}: expected machines (a name, web-*, env=prod, @all), got nothing`,
    )
  return await context.withClient(async (client) => {
    const waiting = [...select(targets, await context.machines(client, targets))]
    let failed = 0
    const work = async (): Promise<void> => {
      for (let machine = waiting.shift(); machine !== undefined; machine = waiting.shift()) {
        if (!(await tellOne(context, client, machine, word, flags))) failed++
      }
    }
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, waiting.length) }, work))
    context.io.signal.throwIfAborted()
    return failed === 0 ? 0 : 1
  })
}

async function tellOne(
  { io }: Context,
  client: Client,
  machine: Machine,
  word: Word,
  { json, killRuns }: Flags,
): Promise<boolean> {
  const { id, name } = machine
  try {
    const request = { word, ...(killRuns === true && { killRuns }) }
    const done = await ask(client, machine, 'freeze', request, io.signal)
    if (json === true) await writeJson(io, { id, name, ...plain(done) })
    else say(io, `${name} ${lineOf(word, done, killRuns === true)}`)
    return true
  } catch (error) {
    const { code, message } = toRconsoleError(error)
    if (json === true) await writeJson(io, { id, name, error: message, code })
    else say(io, `rconsole: ${message.includes(name) ? '' : `${name}: `}${message}`)
    return false
  }
}

function plain({ frozen, runs, shells }: ResultOf<'freeze'>): Record<string, unknown> {
  const since = frozen === undefined ? null : new Date(frozen.at * 1000).toISOString()
  return { frozen: frozen !== undefined, by: frozen?.by ?? null, since, runs, shells }
}

function lineOf(word: Word, { frozen, runs, shells }: ResultOf<'freeze'>, endsRuns: boolean): string {
  const going = endsRuns ? `${runs} runs ended` : `${runs} runs go on`
  if (word === 'unfreeze' || frozen === undefined) return `is not frozen; ${going}`
  const since = new Date(frozen.at * 1000).toISOString()
  return `is frozen by ${frozen.by} since ${since}; ${shells} shells hung up, ${going}`
}
