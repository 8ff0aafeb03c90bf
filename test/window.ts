// A terminal that a test types into and reads: tmux on a socket of its own.
import { spawnSync } from 'node:child_process'
// CommonJS: at run time it has a default export only, whatever its types say.
// oxlint-disable-next-line import/default
import unicode11 from '@xterm/addon-unicode11'
import xterm, { type IBufferCell } from '@xterm/headless'
import type { Test } from 'tap'
import { until } from './until.ts'

/** Why tests of a real terminal are left out, if they are. */
export const noTmux = spawnSync('tmux', ['-V']).status === 0 ? false : 'tmux is not installed'

/** A shell with job control in a window, of 80x24 unless said otherwise. */
export class Window {
  /** Where its socket is: named from here, since the path of a socket has at most 107 bytes. */
  readonly folder: string

  constructor(t: Test, { rows = 24, columns = 80, folder = t.testdir({}) } = {}) {
    this.folder = folder
    const env = ['-e', 'PS1=$ ', '-e', 'ENV=', '-e', 'NO_COLOR=']
    this.#tmux(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-x',
      String(columns),
      '-y',
      String(rows),
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

  /** Its rows, each cell with its looks, of a blank one only what can be seen; 'shown': the cursor as a cell in reverse. */
  async cells(cursor: 'shown' | 'hidden' = 'hidden'): Promise<string[]> {
    const rows = this.#tmux('capture-pane', '-p', '-e', '-N').split('\n')
    const [cols, length] = [Number(this.get('pane_width')), Number(this.get('pane_height'))]
    const terminal = new xterm.Terminal({ cols, rows: length, allowProposedApi: true })
    // oxlint-disable-next-line import/no-named-as-default-member
    terminal.loadAddon(new unicode11.Unicode11Addon())
    terminal.unicode.activeVersion = '11'
    await new Promise<void>((resolve) => terminal.write(rows.slice(0, length).join('\r\n'), resolve))
    const { active } = terminal.buffer
    const at = cursor === 'shown' ? this.get('cursor_flag},#{cursor_x},#{cursor_y') : ''
    return Array.from({ length }, (_, y) =>
      Array.from({ length: cols }, (_, x) => {
        return lookOf(active.getLine(y)?.getCell(x), at === `1,${x},${y}`)
      }).join(' '),
    )
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows))
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

  async shows(what: RegExp, ms = 15_000): Promise<void> {
    try {
      await until(() => what.test(this.text), `the terminal shows ${what}`, ms)
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

/** 'x' for a plain cell, '_' for a blank one, 'x[…]' for one with colours or attributes. */
function lookOf(cell: IBufferCell | undefined, hasCursor: boolean): string {
  const text = cell?.getChars().trim() || '_'
  if (cell === undefined || (cell.isAttributeDefault() && !hasCursor)) return text
  const isInverse = (cell.isInverse() !== 0) !== hasCursor
  const ground = [cell.getBgColor(), isInverse, cell.isUnderline(), cell.isStrikethrough()]
  const ink = [cell.getFgColor(), cell.isBold(), cell.isDim(), cell.isItalic()]
  const look = text === '_' && !isInverse ? ground : [...ground, ...ink]
  return look.every((part) => part === 0 || part === false || part === -1) ? text : `${text}[${look.join()}]`
}
