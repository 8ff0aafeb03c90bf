// rconsole run: a program on a machine: its input, its output and its status, as if it ran here.
import { Command as Parser } from 'commander'
import type { RequestOf, ResultOf } from '../../protocol/actions/index.ts'
import { OutputCleaner } from '../../protocol/clean.ts'
import { RconsoleError } from '../../protocol/errors.ts'
import type { Client } from '../client.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { inputOf, type Io, say, write } from '../io.ts'
import type { Machine } from '../machine.ts'
import { statusOf } from '../status.ts'
import { parseDuration } from '../units.ts'
import { newWorkId } from '../work-id.ts'
import { collect } from './token.ts'

interface Flags {
  readonly command?: string
  readonly timeout?: string
  readonly tied?: true
  readonly grace?: string
  readonly cwd?: string
  readonly env: readonly string[]
  readonly raw?: true
  readonly stdin: boolean
}

export const run: Command = {
  name: 'run',
  uses: ['run'],
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
      .option('--cwd <folder>', 'where to run it')
      .option('-e, --env <name=value>', 'set a variable for it; may be given again', collect, [])
      .option('-n, --no-stdin', 'give it no input')
      .option('--raw', 'on a terminal, pass its output through uncleaned')
      .action((machine: string, program: string[], flags: Flags, parser: Parser) =>
        act(parser, (context) => runOn(context, machine, program, flags)),
      ),
}

/** Run one line in the machine's own shell, every byte as it is. */
export async function runLine(
  context: Context,
  word: string,
  command: string,
  hasInput: boolean,
): Promise<number> {
  return await runOn(context, word, [], { command, env: [], raw: true, stdin: hasInput })
}

async function runOn(context: Context, word: string, argv: readonly string[], flags: Flags): Promise<number> {
  const request = readRequest(argv, flags)
  const { io } = context
  return await context.withMachine(word, async (client, machine) => {
    const result = await follow({
      client,
      machine,
      io,
      request,
      isRaw: flags.raw === true,
      hasInput: flags.stdin,
    })
    if (result.ended === 'timeout')
      say(
        io,
        `rconsole: ${machine.name}: timed out after ${flags.timeout ?? ''}; everything it started was ended`,
      )
    return statusOf(result)
  })
}

interface Follow {
  readonly client: Client
  readonly machine: Machine
  readonly io: Io
  readonly request: RequestOf<'run'>
  readonly isRaw: boolean
  readonly hasInput: boolean
  readonly signal?: AbortSignal
}

/** Run, and pass everything through: bytes as they are to a pipe, cleaned to a terminal. */
async function follow({
  client,
  machine,
  io,
  request,
  isRaw,
  hasInput,
  signal = io.signal,
}: Follow): Promise<ResultOf<'run'>> {
  const input = hasInput ? inputOf(io) : undefined
  const call = client.call(machine, 'run', request, { signal, ...(input === undefined ? {} : { input }) })
  const cleaners = { 1: cleanerFor(io.stdout, isRaw), 2: cleanerFor(io.stderr, isRaw) }
  for (;;) {
    const { done, value } = await call.next()
    if (done === true) {
      await write(io.stdout, cleaners[1]?.end() ?? '')
      await write(io.stderr, cleaners[2]?.end() ?? '')
      return value
    }
    const out = value.fd === 1 ? io.stdout : io.stderr
    await write(out, cleaners[value.fd]?.push(value.data) ?? value.data, signal)
  }
}

function cleanerFor(out: Io['stdout'], isRaw: boolean): OutputCleaner | undefined {
  return out.isTTY === true && !isRaw ? new OutputCleaner() : undefined
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
  }
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
