// rconsole run: a program on a machine: its input, its output and its status, as if it ran here.
import { Command as Parser } from 'commander'
import type { OutputOf, RequestOf } from '../../protocol/actions/index.ts'
import { commandText } from '../../protocol/command-text.ts'
import { RconsoleError, toRconsoleError } from '../../protocol/errors.ts'
import { KEEP_BYTES, KEEP_MOST_BYTES } from '../../protocol/limits.ts'
import type { RunReport } from '../../protocol/run-report.ts'
import { ask } from '../ask.ts'
import type { Client } from '../client.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { type FanFlags, runOnMany } from '../fan/run-on-many.ts'
import { causeLine, Follower } from '../follow.ts'
import { inputOf, type Io, say, write } from '../io.ts'
import type { Machine } from '../machine.ts'
import { TARGETS, withTargetFlags } from '../selection.ts'
import { statusOf } from '../status.ts'
import { isPlain } from '../targets.ts'
import { parseDuration, parseSize } from '../units.ts'
import { newWorkId } from '../work-id.ts'
import { collect } from './token.ts'

interface Flags extends FanFlags {
  readonly command?: string
  readonly timeout?: string
  readonly tied?: true
  readonly grace?: string
  readonly cwd?: string
  readonly env: readonly string[]
  readonly keep?: string
  readonly stdin: boolean
}

export const run: Command = {
  name: 'run',
  uses: ['run', 'attach'],
  isTransparent: true,
  build: (act) =>
    withTargetFlags(new Parser('run'))
      .description('run a program on a machine, or on many')
      .usage('[options] <target...> (-- <program...> | -c <line>)')
      .argument('[target...]', `one name or id: as if it ran here. Several: ${TARGETS}`)
      .option('-c, --command <line>', 'a line for the machine’s shell instead')
      .option(
        '--timeout <time>',
        'end it, and everything it started, after this long (status 124); none: never, whatever rconsole config says',
      )
      .option('--tied', 'end it when this console is gone, instead of letting it go on')
      .option('--grace <time>', 'how long a tied run outlives its console, default 5s')
      .option(
        '--keep <size>',
        'how much of its output the machine keeps, default 64MiB; ring or ring:SIZE: the newest',
      )
      .option('-d, --detach', 'print the run’s id and leave it to its machine; rconsole attach follows it')
      .option('--cwd <folder>', 'where to run it')
      .option('-e, --env <name=value>', 'set a variable for it; may be given again', collect, [])
      .option('-n, --no-stdin', 'give it no input')
      .option('--raw', 'on a terminal, pass its output through uncleaned')
      .option('--expect <n>', 'several machines: start nothing unless there are exactly so many')
      .option('--parallel <n>', 'so many at once, default all')
      .option(
        '--retry-silent <time>',
        'ask machines that do not answer again for this long; none runs it twice',
      )
      .option(
        '--by <host>',
        'show lines as they come, each behind the name of its machine, instead of folding',
      )
      .option('--out <folder>', 'write what each prints to a new file there')
      .option('--diff', 'show what differs from the largest group')
      .option('--alike', 'fold outputs that differ only in times and numbers, and say so')
      .option('--show-all', 'show each machine’s own output')
      .option('--json', 'one JSON object for each event and result')
      .action((words: string[], flags: Flags, parser: Parser) =>
        act(parser, (context) => start(context, splitWords(words, context.io.argv), flags)),
      ),
}

interface Words {
  readonly targets: readonly string[]
  readonly program: readonly string[]
}

/** What stands before `--`, and what after it: the parser knows both as one list. */
function splitWords(words: readonly string[], argv: readonly string[]): Words {
  const at = argv.indexOf('--')
  const program = at < 0 ? [] : argv.slice(at + 1)
  return { targets: words.slice(0, words.length - program.length), program }
}

/** One name or id is that machine, as if its program ran here; whatever may mean several is a run on many. */
async function start(context: Context, { targets, program }: Words, given: Flags): Promise<number> {
  const { timeout, parallel } = context.settings
  const flags = { ...(timeout && { timeout }), ...(parallel && { parallel }), ...given }
  const [first] = targets
  if (first !== undefined && targets.length === 1 && isPlain(first) && !isForMany(flags))
    return await runOn(context, first, program, flags)
  return await runOnMany(context, targets, readRequest(program, flags), flags)
}

function isForMany(flags: Flags): boolean {
  const { hosts, pick, by, out, diff, json, expect, alike, showAll } = flags
  return [hosts, pick, by, out, diff, json, expect, alike, showAll].some((flag) => flag !== undefined)
}

/** Run one line in the machine's own shell, every byte as it is; what passes through is not kept. */
export async function runLine(
  context: Context,
  word: string,
  command: string,
  hasInput: boolean,
): Promise<number> {
  return await runOn(context, word, [], { command, env: [], keep: '0', raw: true, stdin: hasInput })
}

async function runOn(context: Context, word: string, argv: readonly string[], flags: Flags): Promise<number> {
  const request = readRequest(argv, flags)
  return await context.withMachine(word, async (client, machine) => {
    const { io, runBook } = context
    const { id, name } = machine
    runBook.note({
      id: request.id,
      command: commandText(request.program),
      at: Date.now(),
      machines: [{ id, name }],
    })
    if (flags.detach === true) return await detach(io, client, machine, request)
    return await runAndFollow(io, client, machine, request, flags)
  })
}

/** Start it, print its id, and leave it to its agent. */
async function detach(io: Io, client: Client, machine: Machine, request: RequestOf<'run'>): Promise<number> {
  await ask(client, machine, 'run', { ...request, reply: 'state' }, io.signal)
  await write(io.stdout, `${request.id}\n`)
  return 0
}

async function runAndFollow(
  io: Io,
  client: Client,
  machine: Machine,
  request: RequestOf<'run'>,
  flags: Flags,
): Promise<number> {
  const { signal } = io
  const { id } = request
  const follower = new Follower(io, flags.raw === true)
  const again = `rconsole attach ${id} ${machine.name} --from`
  try {
    const input = flags.stdin ? { input: inputOf(io) } : {}
    const report = await lastWord(client, machine, { id, follower, signal }, () =>
      client.call(machine, 'run', request, { signal, ...input }),
    )
    await follower.end()
    const line = causeLine(report)
    if (line !== undefined && !signal.aborted) say(io, `rconsole: ${machine.name}: ${line}`)
    return statusOf(report)
  } catch (error) {
    await follower.end()
    const { code } = toRconsoleError(error)
    if (code === 'GONE' || code === 'LOST')
      say(io, `rconsole: run ${id} may go on; see what became of it: ${again} ${follower.place}`)
    throw error
  }
}

interface Watched {
  readonly id: string
  readonly follower: Follower
  readonly signal: AbortSignal
}

/** The report of a run, asked for once more when the agent does not know our session any more. */
async function lastWord(
  client: Client,
  machine: Machine,
  { id, follower, signal }: Watched,
  start: () => AsyncGenerator<OutputOf<'run'>, RunReport, void>,
): Promise<RunReport> {
  try {
    return await follower.follow(start())
  } catch (error) {
    if (toRconsoleError(error).code !== 'LOST' || signal.aborted) throw error
    try {
      const request = { id, from: follower.place, follow: true }
      return await follower.follow(client.call(machine, 'attach', request, { signal }))
    } catch (second) {
      // Whether it ran is what the first answer says: that is not known.
      throw toRconsoleError(second).code === 'NOT_FOUND' ? error : second
    }
  }
}

function readRequest(argv: readonly string[], flags: Flags): RequestOf<'run'> {
  const [first, ...rest] = argv
  if ((first === undefined) === (flags.command === undefined)) {
    throw new RconsoleError(
      'USAGE',
      'run: expected either a program after -- or a line with -c; see rconsole run --help',
    )
  }
  if (first === '')
    throw new RconsoleError('USAGE', 'run: expected the name of a program after --, got an empty word')
  const program =
    flags.command === undefined
      ? { argv: [first ?? '', ...rest] }
      : { line: flags.command, shell: 'own' as const }
  return {
    id: newWorkId(),
    program,
    ...(flags.cwd === undefined ? {} : { cwd: flags.cwd }),
    ...(flags.env.length === 0 ? {} : { env: readEnvironment(flags.env) }),
    ...(flags.timeout === undefined || flags.timeout === 'none'
      ? {}
      : { timeout: parseDuration('--timeout', flags.timeout) }),
    ...(flags.grace === undefined ? {} : { grace: parseDuration('--grace', flags.grace) }),
    ...(flags.tied === true ? { tied: true } : {}),
    ...(flags.keep === undefined ? {} : { keep: readKeep(flags.keep) }),
  }
}

function readKeep(text: string): NonNullable<RequestOf<'run'>['keep']> {
  const [, ring, size] = /^(ring)?:?(.*)$/.exec(text) ?? []
  const bytes = size ? parseSize('--keep', size, KEEP_MOST_BYTES) : KEEP_BYTES
  return ring === undefined ? { bytes } : { bytes, ring: true }
}

function readEnvironment(pairs: readonly string[]): Record<string, string> {
  const env: Record<string, string> = {}
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    if (at < 1) throw new RconsoleError('USAGE', `--env: expected NAME=value, got ${JSON.stringify(pair)}`)
    env[pair.slice(0, at)] = pair.slice(at + 1)
  }
  return env
}
