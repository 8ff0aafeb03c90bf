// rconsole kill, reset, disconnect: the three orders to an agent, and waiting until they show.
import { Command as Parser } from 'commander'
import { RconsoleError } from '../../protocol/errors.ts'
import { order, waitFor } from '../ask.ts'
import type { Client } from '../client.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { confirmName, say, writeJson } from '../io.ts'
import type { Machine } from '../machine.ts'
import { parseDuration } from '../units.ts'

/** How long an order may take to show in the roster (ms). */
const SHOW_MS = 30_000

interface Flags {
  readonly yes?: true
  readonly killRuns?: true
  readonly for?: string
  readonly restart?: true
  readonly json?: true
}

type Word = 'kill' | 'reset' | 'disconnect'

export const kill: Command = {
  name: 'kill',
  uses: ['lifecycle'],
  build: (act) =>
    base('kill', 'end the agent and all it runs; it stays down until it is started on the machine')
      .option('--yes', 'do not ask')
      .action((word: string, flags: Flags, parser: Parser) =>
        act(parser, (context) => obey(context, 'kill', word, flags)),
      ),
}

export const reset: Command = {
  name: 'reset',
  uses: ['lifecycle'],
  build: (act) =>
    base('reset', 'make the agent forget all sessions, read its settings again and come back')
      .option('--yes', 'accepted, for symmetry with kill; reset does not ask')
      .option('--kill-runs', 'end what it runs, too')
      .option('--restart', 'have its service start a new process (exit 75)')
      .action((word: string, flags: Flags, parser: Parser) =>
        act(parser, (context) => obey(context, 'reset', word, flags)),
      ),
}

export const disconnect: Command = {
  name: 'disconnect',
  uses: ['lifecycle'],
  build: (act) =>
    base(
      'disconnect',
      'end your own sessions with the machine; with --for, make the agent leave the relay for a time',
    )
      .option('--yes', 'accepted, for symmetry with kill; disconnect does not ask')
      .option('--for <time>', 'leave the relay, and dial in again after this long')
      .option('--kill-runs', 'end what you run there, too')
      .action((word: string, flags: Flags, parser: Parser) =>
        act(parser, (context) => obey(context, 'disconnect', word, flags)),
      ),
}

function base(name: Word, summary: string): Parser {
  return new Parser(name)
    .description(summary)
    .argument('<machine>', 'its name or id')
    .option('--json', 'print one JSON object: id, name, word, runs and shells that ended')
}

async function obey(context: Context, word: Word, target: string, flags: Flags): Promise<number> {
  const { io } = context
  const time = flags.for === undefined ? {} : { for: parseDuration('--for', flags.for) }
  return await context.withMachine(target, async (client, machine) => {
    if (word === 'kill' && flags.yes !== true) await mustConfirm(context, machine)
    const ended = await order(client, machine, {
      word,
      ...time,
      ...(flags.killRuns === true ? { killRuns: true } : {}),
      ...(flags.restart === true ? { restart: true } : {}),
    })
    await shown(context, client, machine, word, flags)
    if (flags.json === true) {
      await writeJson(io, { id: machine.id, name: machine.name, word, ...ended })
    } else {
      const done = { kill: 'killed', reset: 'reset', disconnect: 'disconnected' }[word]
      say(io, `${machine.name} ${done}: ended ${ended.runs} runs and ${ended.shells} shells`)
    }
    return 0
  })
}

/** @throws USAGE without a terminal; CANCELLED when the name was not typed */
async function mustConfirm({ io }: Context, { name }: Machine): Promise<void> {
  if (io.stdin.isTTY !== true)
    throw new RconsoleError('USAGE', 'kill: expected --yes (there is no terminal to ask on)')
  if (
    await confirmName(
      io,
      `${name} cannot be reached again until its agent is started there. Type its name to kill it: `,
      name,
    )
  )
    return
  throw new RconsoleError('CANCELLED', 'nothing was done')
}

/** Wait until the roster shows the effect, so that what comes next in a script sees it. @throws TIMED_OUT */
async function shown(
  context: Context,
  client: Client,
  machine: Machine,
  word: Word,
  flags: Flags,
): Promise<void> {
  if (word === 'disconnect' && flags.for === undefined) return
  const { boot } = machine.presence ?? {}
  const isShown = (now: Machine): boolean => {
    if (word === 'kill') return now.state === 'killed'
    if (word === 'disconnect' || flags.restart === true) return now.state === 'disconnected'
    return now.state === 'online' && now.presence?.boot !== boot
  }
  await waitFor(client, machine.id, isShown, {
    ms: SHOW_MS,
    what: `${machine.name}: ${word}`,
    signal: context.io.signal,
  })
}
