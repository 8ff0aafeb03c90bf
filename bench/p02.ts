// P2: how long a keystroke takes to come back in a shell, against ssh and against a shell on this machine.
import type { IPty } from '@lydell/node-pty'
import { compare, repeat, type Row } from './measure.ts'
import { Ssh } from './ssh.ts'
import { envOf, ours, type Stage } from './stage.ts'

/** Faster than anyone types, slower than what is merely queued (ms). */
const PAUSE_MS = 5
const SHELL = ['/bin/bash', '--norc', '--noprofile']

export async function p02(stage: Stage): Promise<Row[]> {
  const { world } = await stage.fleet()
  const each = stage.pick(50, 5)
  const open = async (command: readonly string[]): Promise<Typist> => {
    const typist = await Typist.start(command, { ...process.env, ...envOf(world), PS1: '$ ', ENV: '' })
    stage.teardown(async () => typist.end())
    return typist
  }
  const mine = await open(ours('console', 'shell', 'm', '--shell', '/bin/bash'))
  const rows: Row[] = []
  for (const [name, most] of [
    ['ssh behind NAT, ControlMaster', 0.8],
    ['a shell here', 3],
  ] as const) {
    const missing = most === 3 ? undefined : Ssh.missing
    const far = async (): Promise<string[]> => {
      const [ssh = '', ...rest] = (await stage.ssh()).warm('nat', ...SHELL)
      return [ssh, '-tt', ...rest]
    }
    const theirs = missing === undefined ? await open(most === 3 ? SHELL : await far()) : mine
    const row = await compare(
      { target: 'P2', what: 'the echo of a keystroke', unit: 'ms', goal: { of: 'ratio', most } },
      stage.pick(6, 1),
      async () => await repeat(each, PAUSE_MS, async () => await mine.type()),
      { name, missing, sample: async () => await repeat(each, PAUSE_MS, async () => await theirs.type()) },
    )
    rows.push(row)
  }
  return rows
}

/** Someone at a terminal. */
class Typist {
  readonly #pty: IPty
  #typed = 0

  private constructor(pty: IPty) {
    this.#pty = pty
  }

  static async start(command: readonly string[], env: NodeJS.ProcessEnv): Promise<Typist> {
    const { spawn } = await import('@lydell/node-pty')
    const [file = '', ...args] = command
    const typist = new Typist(spawn(file, args, { env, cols: 200, rows: 24 }))
    await typist.#shows(/[$#] $/, '')
    return typist
  }

  /** Until the letter is there (ms). */
  async type(): Promise<number> {
    // Long lines are drawn anew by readline, which is not what is asked.
    if (this.#typed++ % 20 === 19) await this.#shows(/[$#] $/, '\u0015\r')
    const begun = performance.now()
    await this.#shows(/q/, 'q')
    return performance.now() - begun
  }

  end(): void {
    this.#pty.kill()
  }

  async #shows(what: RegExp, keys: string): Promise<void> {
    let text = ''
    const shown = new Promise<void>((resolve) => {
      const listener = this.#pty.onData((data) => {
        text += data
        if (!what.test(text)) return
        listener.dispose()
        resolve()
      })
    })
    if (keys !== '') this.#pty.write(keys)
    await shown
  }
}
