// rconsole connect: a prompt on one machine, from a terminal or from a script.
import { createInterface } from 'node:readline'
import { Command as Parser } from 'commander'
import { OutputCleaner } from '../../protocol/clean.ts'
import { RconsoleError, toRconsoleError } from '../../protocol/errors.ts'
import { EXIT } from '../../protocol/exit.ts'
import type { Command } from '../command.ts'
import { confirmName, type Io, say, write } from '../io.ts'
import { Prompt, type Screen } from '../prompt.ts'

export const connect: Command = {
  name: 'connect',
  uses: ['facts', 'lifecycle', 'ping', 'run'],
  isTransparent: true,
  build: (act) =>
    new Parser('connect')
      .description('a prompt on a machine; also reads lines from a pipe (type help at it)')
      .argument('<machine>', 'its name or id')
      .action((word: string, _flags: object, parser: Parser) =>
        act(parser, async (context) =>
          context.withMachine(word, async (client, machine) =>
            converse(context.io, new Prompt(client, machine)),
          ),
        ),
      ),
}

/** Line by line to the end of input, to `disconnect` or to `kill`. The status is the last line's. */
async function converse(io: Io, prompt: Prompt): Promise<number> {
  const isTerminal = io.stdin.isTTY === true
  const screen = screenOf(io, prompt, isTerminal)
  const lines = createInterface({
    input: io.stdin,
    ...(isTerminal ? { output: io.stderr, terminal: true, prompt: `${prompt.name}> ` } : {}),
  })
  io.signal.addEventListener('abort', () => lines.close(), { once: true })
  let running: AbortController | undefined
  // On a terminal, readline turns Ctrl-C into this event: it ends the line's program, or the session when there is none.
  lines.on('SIGINT', () => (running === undefined ? lines.close() : running.abort(interrupted)))
  let status: number = EXIT.ok
  try {
    if (isTerminal) lines.prompt()
    for await (const line of lines) {
      running = new AbortController()
      const end = await doLine(io, prompt, {
        line,
        screen,
        signal: AbortSignal.any([running.signal, io.signal]),
      })
      running = undefined
      status = end.status
      if (end.isLast || io.signal.aborted) break
      if (isTerminal) lines.prompt()
    }
    return status
  } finally {
    lines.close()
  }
}

const interrupted = new RconsoleError('CANCELLED', 'interrupted')

async function doLine(
  io: Io,
  prompt: Prompt,
  { line, screen, signal }: { line: string; screen: Screen; signal: AbortSignal },
): Promise<{ status: number; isLast: boolean }> {
  try {
    return await prompt.line(line, screen, signal)
  } catch (error) {
    const { code, message } = toRconsoleError(error)
    say(io, `rconsole: ${message}`)
    // A refusal is this line's; a lost machine or a lost relay is the end.
    return {
      status: EXIT.ours,
      isLast: code === 'LOST' || code === 'OFFLINE' || code === 'RELAY_UNREACHABLE',
    }
  }
}

function screenOf(io: Io, prompt: Prompt, isTerminal: boolean): Screen {
  const cleaners = { 1: new OutputCleaner(), 2: new OutputCleaner() }
  return {
    async bytes(fd, data) {
      const out = fd === 1 ? io.stdout : io.stderr
      await write(out, out.isTTY === true ? cleaners[fd].push(data) : data)
    },
    text: async (text) => write(io.stdout, text),
    async clear() {
      if (io.stdout.isTTY === true) await write(io.stdout, '\u001b[2J\u001b[H')
    },
    async confirm(word) {
      if (!isTerminal) return true
      return await confirmName(io, `Type ${prompt.name} to ${word} it: `, prompt.name)
    },
  }
}
