// rconsole shell: an interactive shell on a machine, passed straight through to this terminal.
import { Command as Parser } from 'commander'
import type { RequestOf } from '../../protocol/actions/index.ts'
import { RconsoleError } from '../../protocol/errors.ts'
import { TerminalFilter } from '../../protocol/terminal-filter.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { type Io, say, write } from '../io.ts'
import { Keyboard, sizeOf } from '../keyboard.ts'
import { exitStatus } from '../status.ts'
import { RESTORE } from '../terminal-modes.ts'
import { parseDuration } from '../units.ts'
import { newWorkId } from '../work-id.ts'

interface Flags {
  readonly shell?: string
  readonly cwd?: string
  readonly grace?: string
}

export const shell: Command = {
  name: 'shell',
  uses: ['shell'],
  isTransparent: true,
  build: (act) =>
    new Parser('shell')
      .description('open a shell on a machine (Ctrl-] q leaves it, Ctrl-] Ctrl-] types Ctrl-])')
      .argument('<machine>', 'its name or id')
      .option('--shell <path>', 'a shell of the machine, default its user’s own')
      .option('--cwd <folder>', 'where to start it')
      .option('--grace <time>', 'how long it waits for this console to come back, default 60s')
      .action((word: string, flags: Flags, parser: Parser) =>
        act(parser, (context) => openShell(context, word, flags)),
      ),
}

export async function openShell(context: Context, word: string, flags: Flags): Promise<number> {
  const { io } = context
  const request = requestOf(io, flags)
  return await context.withMachine(word, async (client, machine) => {
    const leaving = new AbortController()
    const keyboard = new Keyboard(io, () => leaving.abort(new RconsoleError('CANCELLED', 'left')))
    try {
      const call = client.call(machine, 'shell', request, {
        signal: AbortSignal.any([leaving.signal, io.signal]),
        input: keyboard,
      })
      return await draw(io, call)
    } finally {
      keyboard.close()
      if (io.stdout.isTTY === true) await write(io.stdout, RESTORE)
      if (leaving.signal.aborted) say(io, `left ${machine.name}`)
    }
  })
}

async function draw(
  io: Io,
  call: AsyncGenerator<{ data: Uint8Array }, { code: number | null; signal: string | null }>,
): Promise<number> {
  const filter = io.stdout.isTTY === true ? new TerminalFilter() : undefined
  for (;;) {
    const { done, value } = await call.next()
    if (done === true) return exitStatus(value.code, value.signal)
    await write(io.stdout, filter?.filter(value.data) ?? value.data, io.signal)
  }
}

function requestOf({ stdout, env }: Io, flags: Flags): RequestOf<'shell'> {
  const term = /^[A-Za-z0-9._+-]{1,64}$/.test(env['TERM'] ?? '') ? (env['TERM'] ?? 'xterm') : 'xterm-256color'
  const language = env['LANG'] === undefined ? {} : { LANG: env['LANG'] }
  return {
    id: newWorkId(),
    size: sizeOf(stdout),
    term,
    env: { ...language, ...(env['COLORTERM'] === undefined ? {} : { COLORTERM: env['COLORTERM'] }) },
    ...(flags.shell === undefined ? {} : { shell: flags.shell }),
    ...(flags.cwd === undefined ? {} : { cwd: flags.cwd }),
    ...(flags.grace === undefined ? {} : { grace: parseDuration('--grace', flags.grace) }),
  }
}
