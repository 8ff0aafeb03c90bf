// The UI in a real terminal: tmux on a socket of its own.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { until } from '../../until.ts'

const PROGRAM = fileURLToPath(new URL('../../fixtures/ui.js', import.meta.url))
const skip = spawnSync('tmux', ['-V']).status === 0 ? false : 'tmux is not installed'

/** A shell with job control in a window of 80x24. */
class Window {
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

const CLEAN = '0,1,0,0,0'

void t.test('in tmux: it draws, stops and comes back, and quits', { skip }, async (t) => {
  const window = new Window(t)
  await window.shows(/^ready$/m)
  window.run(`node ${PROGRAM}`)
  await window.shows(/q quit/)
  t.match(window.text, /^ {2}gw-0001 +killed by alice/m)
  t.equal(window.get('alternate_on'), '1')
  window.keys('j', 'Down', 'Enter')
  await window.shows(/^gw-0001>/m)
  window.keys('C-z')
  await window.shows(/Stopped/)
  t.equal(window.modes, CLEAN)
  window.run('fg; echo status $?')
  await window.shows(/^gw-0001>/m)
  window.keys('Escape')
  await window.shows(/q quit/)
  window.keys('q')
  await window.shows(/^status 0$/m)
  t.equal(window.modes, CLEAN)
})

void t.test('in tmux: a signal and a crash leave the terminal as it was', { skip }, async (t) => {
  const window = new Window(t)
  const pidFile = join(window.folder, 'pid')
  await window.shows(/^ready$/m)
  for (const [signal, last] of [
    ['SIGTERM', /^status 143$/m],
    ['SIGHUP', /^status 129$/m],
    ['SIGINT', /^status 130$/m],
    ['SIGUSR2', /Error: a bug of ours[^]*^status 1$/m],
  ] as const) {
    window.run(`clear; node ${PROGRAM} ${pidFile}; echo status $?`)
    await window.shows(/q quit/)
    process.kill(Number(readFileSync(pidFile, 'utf8')), signal)
    await window.shows(last)
    t.equal(window.modes, CLEAN, signal)
  }
})
