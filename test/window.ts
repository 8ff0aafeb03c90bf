// A terminal that a test types into and reads: tmux on a socket of its own.
import { spawnSync } from 'node:child_process'
import type { Test } from 'tap'
import { until } from './until.ts'

/** Why tests of a real terminal are left out, if they are. */
export const noTmux = spawnSync('tmux', ['-V']).status === 0 ? false : 'tmux is not installed'

/** A shell with job control in a window of 80x24. */
export class Window {
  /** Where its socket is: named from here, since the path of a socket has at most 107 bytes. */
  readonly folder: string

  constructor(t: Test) {
    this.folder = t.testdir({})
    const env = ['-e', 'PS1=$ ', '-e', 'ENV=', '-e', 'NO_COLOR=']
    this.#tmux(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-x',
      '80',
      '-y',
      '24',
      ...env,
      'bash --norc --noprofile -i',
    )
    const server = Number(this.get('pid'))
    // By its id: the folder of the socket is gone by then.
    t.teardown(() => process.kill(server))
    this.run('echo ready')
  }

  get text(): string {
    return this.#tmux('capture-pane', '-p').trimEnd()
  }

  /** One of tmux's variables of the pane. */
  get(name: string): string {
    return this.#tmux('display-message', '-p', `#{${name}}`).trim()
  }

  /** What was copied last. */
  get copied(): string {
    return this.#tmux('show-buffer')
  }

  run(command: string): void {
    this.#tmux('send-keys', '-l', command)
    this.keys('Enter')
  }

  keys(...keys: string[]): void {
    this.#tmux('send-keys', ...keys)
  }

  async shows(what: RegExp): Promise<void> {
    try {
      await until(() => what.test(this.text), `the terminal shows ${what}`, 15_000)
    } catch (error) {
      throw new Error(`never saw ${what} in\n${this.text}`, { cause: error })
    }
  }

  /** The modes that a program must not leave behind: alternate screen, hidden cursor, mouse, keypad. */
  get modes(): string {
    return this.get('alternate_on},#{cursor_flag},#{mouse_any_flag},#{keypad_flag},#{keypad_cursor_flag')
  }

  #tmux(...args: string[]): string {
    const { stdout } = spawnSync('tmux', ['-u', '-S', 'socket', ...args], {
      cwd: this.folder,
      encoding: 'utf8',
    })
    return stdout
  }
}
