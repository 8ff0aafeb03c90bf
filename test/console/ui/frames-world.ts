// Random hostile text, and what a terminal emulator shows compared with the cells that were meant, one by one.
import type { Cell, Row } from '../../../console/ui/blessed.ts'
import { DEFAULT } from '../../../console/ui/style.ts'
import type { Emulator } from './screen-world.ts'

/** A few hundred in `npm test`, 10,000 by `npm run soak -- frames`. */
export const FRAMES = Number(process.env['RCONSOLE_FRAMES'] ?? '300')

export type Random = (below: number) => number

const CLASSES = [
  Array.from('abcdefgh XYZ 0123 []()'),
  Array.from('日本語漢字かなカナ한국어，。'),
  Array.from('🐢🔥🚀🎉👍💻'),
  Array.from('🫠🪿🫨🩷'),
  Array.from('✅⌛⚡❌⭐☔'),
  [
    'e\u0301',
    'a\u0308\u0323',
    '\u0301',
    'n\u0303\u0303\u0303\u0303\u0303\u0303',
    '❤\ufe0f',
    '☎\ufe0f',
    '1\ufe0f\u20e3',
  ],
  ['👨\u200d👩\u200d👧', '👍🏽', '🇩🇪', '🇫', '🏳\ufe0f\u200d🌈'],
  Array.from('⣿⣷⠁█▌▏─│┌┘·●▲…'),
  ['\x1b[2J', '\x1b]0;x\x07', '\r', '\n', '\t', '\b', '\x9b', '\x7f', '\0', '\ud83d', '\udc22'],
  ['\u202e', '\u2066', '\u200b', '\u200d', '\ufeff', '\u00ad', '\u2028', '\u3164', '\u1175', '\uffff'],
  Array.from('アﾊﾝ½①㍿ﷺक्षि'),
]

/** An empty screen. */
export function blank(columns: number, rows: number): Row[] {
  return Array.from({ length: rows }, () => {
    const cells = Array.from({ length: columns }, (): Cell => [DEFAULT, ' '])
    return Object.assign(cells, { dirty: false })
  })
}

/** Up to `most` characters of one kind. */
export function hostile(random: Random, most: number): string {
  const alphabet = CLASSES[random(CLASSES.length)] ?? []
  return Array.from({ length: random(most) }, () => alphabet[random(alphabet.length)]).join('')
}

/** The cells that show something else than what was meant. */
export function differences(
  emulator: Emulator,
  lines: readonly Row[],
  isRight: (seen: string, meant: string) => boolean,
): string[] {
  const bad: string[] = []
  for (const [y, row] of lines.entries()) {
    for (const [x, [, meant]] of row.entries()) {
      if (meant === '') continue
      const isWide = row[x + 1]?.[1] === ''
      // Two columns may hold one wide character, a narrow one and a blank, or a character and its spacing mark.
      const seen = isWide
        ? (charactersAt(emulator, x, y) + charactersAt(emulator, x + 1, y)).trimEnd()
        : charactersAt(emulator, x, y)
      if (!isRight(seen, meant)) bad.push(`${x},${y}: ${JSON.stringify(seen)} for ${JSON.stringify(meant)}`)
    }
  }
  return bad
}

function charactersAt(emulator: Emulator, x: number, y: number): string {
  const cell = emulator.terminal.buffer.active.getLine(y)?.getCell(x)
  return cell?.getWidth() === 0 ? '' : cell?.getChars() || ' '
}

export function write(emulator: Emulator, text: string): Promise<void> {
  return new Promise((resolve) => {
    emulator.terminal.write(text, resolve)
  })
}

/** Numbers below a bound that are the same in each run (mulberry32). */
export function generator(seed: number): Random {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let value = Math.imul(state ^ (state >>> 15), 1 | state)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) % below
  }
}
