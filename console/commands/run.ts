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
import { causeLine, Follower } from '../follow.ts'
import { inputOf, type Io, say, write } from '../io.ts'
import type { Machine } from '../machine.ts'
import { RunBook } from '../run-book.ts'
import { statusOf } from '../status.ts'
import { parseDuration, parseSize } from '../units.ts'
import { newWorkId } from '../work-id.ts'
import { collect } from './token.ts'

interface Flags {
  readonly command?: string
  readonly timeout?: string
  readonly tied?: true
  readonly grace?: string
  readonly cwd?: string
  readonly env: readonly string[]
  readonly keep?: string
  readonly detach?: true
  readonly raw?: true
  readonly stdin: boolean
}

export const run: Command = {
  name: 'run',
  uses: ['run', 'attach'],
  isTransparent: true,
  build: (act) =>
    new Parser('run')
      .description('run a program on a machine')
      .argument('<machine>', 'its name or id')
      .argument('[program...]', 'after --: the program and its arguments, passed on as they are')
      .option('-c, --command <line>', 'a line for the machine’s shell instead')
      .option('--timeout <time>', 'end it, and everything it started, after this long (status 124)')
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
      .action((machine: string, program: string[], flags: Flags, parser: Parser) =>
        act(parser, (context) => runOn(context, machine, program, flags)),
      ),
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
    const { io, home } = context
    const { id, name } = machine
    new RunBook(home.folder).note({
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
    ...(flags.timeout === undefined ? {} : { timeout: parseDuration('--timeout', flags.timeout) }),
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
