// The operator's whole terminal lent to one shell: its bytes pass through, less what would reach beyond the screen.
import { TerminalFilter } from '../../../protocol/terminal-filter.ts'
import type { Prefix } from '../../prefix.ts'
import type { Screen } from '../screen.ts'
import { PrefixFinder } from './keyboard.ts'
import type { Shell } from './shell.ts'

/** Lend it until the returned function is called. `command`: a key after the prefix; true: the shell keeps the terminal. */
export function lendWhole(
  screen: Screen,
  shell: Shell,
  prefix: Prefix,
  command: (key: number) => boolean,
): () => void {
  const filter = new TerminalFilter()
  const keys = new PrefixFinder(prefix.byte, (bytes) => shell.type(Uint8Array.from(bytes)), command)
  const { columns: cols, rows } = screen
  screen.lend({
    bytes: (bytes) => keys.push(bytes),
    resized: (size) => shell.fit(size),
  })
  // What was on the terminal before moves up into its scrollback; then the program's screen as it is.
  void screen.write(`${'\r\n'.repeat(rows)}\x1b[2J\x1b[H`)
  shell.lend({ cols, rows }, (data) => screen.write(filter.filter(data)))
  return () => {
    shell.reclaim()
    screen.reclaim()
  }
}
