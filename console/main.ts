#!/usr/bin/env node
// rconsole: subcommands for scripts and pipes, and the terminal UI when called bare.
import { Command as Parser } from 'commander'
import { RconsoleError } from '../protocol/errors.ts'
import { EXIT, ending } from '../protocol/exit.ts'
import { withManual } from '../protocol/man.ts'
import { VERSION } from '../protocol/version.ts'
import { commands } from './commands/index.ts'
import { Context } from './context.ts'
import { abortOnSignals, flush, type Io, say, standardOutput } from './io.ts'

async function main(argv: readonly string[]): Promise<number> {
  const controller = new AbortController()
  const io: Io = {
    argv,
    stdin: process.stdin,
    stdout: standardOutput(),
    stderr: process.stderr,
    env: process.env,
    signal: controller.signal,
    interrupt: { ask: undefined },
  }
  // Until the subcommand is known, failures are usage.
  let failed: number = EXIT.failed
  const signals = abortOnSignals(controller, io, () => failed)
  let status: number = EXIT.ok
  const program = withManual(new Parser('rconsole'))
    .description('Operate machines you cannot reach, through a relay that can neither run nor read anything.')
    .version(VERSION)
    .option('--home <folder>', 'where keys and settings are kept [RCONSOLE_HOME]')
    .option('--relay <url>', 'the relay to dial [RCONSOLE_RELAY]')
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
  for (const command of commands) {
    const parser = command.build(async (self, work) => {
      if (command.isTransparent === true) failed = EXIT.ours
      status = await work(new Context(io, self.optsWithGlobals()))
    })
    // Called bare, it is the terminal UI.
    program.addCommand(quiet(parser), { isDefault: command.name === 'ui' })
  }
  try {
    await program.parseAsync(withDashes(argv), { from: 'user' })
    await flush(io.stdout, io.signal)
    return signals.status() ?? status
  } catch (error) {
    const { status: failure, line } = ending(
      'rconsole',
      error,
      { USAGE: EXIT.usage, NO_TARGET: EXIT.usage, RELAY_URL: EXIT.usage, TIMED_OUT: EXIT.timedOut },
      failed,
    )
    // What a signal or a vanished reader caused needs no words.
    if (line !== undefined && !isOwnEnd(error, controller.signal)) say(io, line)
    return signals.status() ?? failure
  } finally {
    signals.stop()
  }
}

/** What follows a command that takes words as they are is marked as such. */
function withDashes(argv: readonly string[]): string[] {
  const isValue = (index: number): boolean => ['--home', '--relay'].includes(argv[index - 1] ?? '')
  const at = argv.findIndex((word, index) => !word.startsWith('-') && !isValue(index))
  const isVerbatim = commands.some((command) => command.name === argv[at] && command.isVerbatim === true)
  return isVerbatim ? [...argv.slice(0, at + 1), '--', ...argv.slice(at + 1)] : [...argv]
}

/** Subcommands of subcommands too: errors are thrown, and printed once, here. */
function quiet(parser: Parser): Parser {
  for (const child of parser.commands) quiet(child)
  return parser.exitOverride().configureOutput({ writeErr: () => undefined })
}

function isOwnEnd(error: unknown, signal: AbortSignal): boolean {
  return error instanceof RconsoleError && error === signal.reason
}

// Not left to the event loop: a person's terminal may still be being read.
process.exit(await main(process.argv.slice(2)))
