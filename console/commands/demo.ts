// rconsole demo: relay, this machine's agent and the console as three real programs on this machine; nothing else needed.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { Command as Parser } from 'commander'
import * as v from 'valibot'
import { RconsoleError } from '../../protocol/errors.ts'
import type { Command } from '../command.ts'
import { type Io, say } from '../io.ts'
import { program } from '../programs.ts'

/** A program that has not said its first line after this long is not coming up (ms). */
const START_MS = 20_000
/** How much of what a program said on stderr is kept for telling why it did not start. */
const ERROR_CHARACTERS = 4_000

export const demo: Command = {
  name: 'demo',
  uses: [],
  build: (act) =>
    new Parser('demo')
      .description('try it: relay, agent and console on this machine, gone without a trace when you quit')
      .action((_flags: object, parser: Parser) => act(parser, ({ io }) => showAll(io))),
}

async function showAll(io: Io): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'rconsole-demo-'))
  const stage = new Stage(io, join(folder, 'console'))
  try {
    const { fleet } = v.parse(
      v.object({ fleet: v.string() }),
      await stage.ask(['init', '--no-passphrase', '--json']),
    )
    const relay = await stage.start('relay', [
      '--fleet',
      fleet,
      '--host',
      '127.0.0.1',
      '--port',
      '0',
      '--data',
      join(folder, 'relay'),
    ])
    const url = relay.replace(/^rrelay listening on /, '')
    stage.relay = url
    const made = await stage.ask(['token', 'new', '--label', 'place=here', '--json'])
    const { token } = v.parse(v.object({ token: v.string() }), made)
    const agent = await stage.start('agent', ['--relay', url, '--home', join(folder, 'agent')], {
      RAGENT_TOKEN: token,
    })
    const [, name = ''] = agent.split(' ')
    if (io.stdin.isTTY === true && io.stdout.isTTY === true) return await stage.show([])
    say(io, '$ rconsole ls')
    await stage.show(['ls'])
    say(io, `$ rconsole run ${name} -c uptime`)
    return await stage.show(['run', name, '--no-stdin', '-c', 'uptime'])
  } finally {
    await stage.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** The programs that a demo has started. */
class Stage {
  readonly #io: Io
  readonly #home: string
  readonly #running: ChildProcess[] = []
  /** Known once it listens. */
  relay = ''

  constructor(io: Io, home: string) {
    this.#io = io
    this.#home = home
  }

  /** Nothing of the person's own settings reaches the demo, nor the other way round. */
  get #env(): NodeJS.ProcessEnv {
    return { RCONSOLE_HOME: this.#home, RCONSOLE_RELAY: this.relay }
  }

  /** The JSON that a subcommand of ours prints. */
  async ask(args: readonly string[]): Promise<unknown> {
    const { execa } = await import('execa')
    const { stdout } = await execa(process.execPath, [program('console'), ...args], {
      env: this.#env,
      cancelSignal: this.#io.signal,
      stderr: 'inherit',
    })
    return JSON.parse(stdout)
  }

  /** Run a subcommand of ours on this terminal; its exit status. */
  async show(args: readonly string[]): Promise<number> {
    const { execa } = await import('execa')
    const { exitCode } = await execa(process.execPath, [program('console'), ...args], {
      env: this.#env,
      stdio: 'inherit',
      reject: false,
      // Who ended the demo does not wait for what it shows.
      cancelSignal: this.#io.signal,
    })
    return exitCode ?? 1
  }

  /** Start a program of ours that stays; its first line. */
  async start(
    name: 'relay' | 'agent',
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
  ): Promise<string> {
    const child = spawn(process.execPath, [program(name), ...args], {
      env: { ...this.#io.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#running.push(child)
    let errors = ''
    child.stderr.on('data', (data: Buffer) => {
      errors = (errors + data.toString()).slice(-ERROR_CHARACTERS)
    })
    const line = await firstLine(
      child.stdout,
      AbortSignal.any([AbortSignal.timeout(START_MS), this.#io.signal]),
    )
    if (line !== undefined) return line
    const last = errors.trim().split('\n').at(-1) ?? ''
    throw new RconsoleError('INTERNAL', `the ${name} of the demo did not start: ${last}`)
  }

  async stop(): Promise<void> {
    for (const child of this.#running.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    }
  }
}

/** The first line of a program, and then read on, so that it never waits for us; undefined when it ends without one. */
async function firstLine(output: Readable, signal: AbortSignal): Promise<string | undefined> {
  let text = ''
  return await new Promise((resolve) => {
    const settle = (line: string | undefined): void => {
      output.off('data', heard)
      output.off('close', closed)
      signal.removeEventListener('abort', closed)
      output.resume()
      resolve(line)
    }
    const heard = (data: Buffer): void => {
      text += data.toString()
      const end = text.indexOf('\n')
      if (end >= 0) settle(text.slice(0, end))
    }
    const closed = (): void => settle(undefined)
    output.on('data', heard)
    output.once('close', closed)
    signal.addEventListener('abort', closed, { once: true })
  })
}
