// The painter against a terminal emulator: whatever the text, each cell shows what was meant.
import t from 'tap'
import type { Row } from '../../../console/ui/blessed.ts'
import { difference } from '../../../console/ui/differ.ts'
import { Canvas } from '../../../console/ui/paint.ts'
import { Styles } from '../../../console/ui/style.ts'
import { Emulator } from './screen-world.ts'

const COLUMNS = 40
const ROWS = 8
const FRAMES = 300
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

void t.test(`${FRAMES} frames of hostile text show exactly the cells that were meant`, async (t) => {
  const random = generator(20_261_123)
  const emulator = new Emulator(COLUMNS, ROWS)
  const styles = new Styles(true)
  const looks = [{}, { bold: true }, { fg: 2 }, { inverse: true }, { fg: '#ff8800', bg: 17 } as const]
  const lines = blank()
  const shown = blank()
  await write(emulator, '\x1b[?7l\x1b[2J')
  for (let frame = 0; frame < FRAMES; frame++) {
    for (let count = random(1 + ROWS); count >= 0; count--) {
      // Views beside and over each other, at any column: also through the middle of a wide character.
      const left = random(COLUMNS - 2)
      const canvas = new Canvas(lines, { xi: left, xl: left + 1 + random(COLUMNS - left), yi: 0, yl: ROWS })
      const style = styles.of(looks[random(looks.length)] ?? {})
      canvas.put({ x: 0, y: random(ROWS), style }, hostile(random))
    }
    await write(emulator, difference(lines, shown, styles))
    const bad = differences(emulator, lines)
    if (bad.length > 0) t.same(bad, [], `frame ${frame}`)
  }
  t.equal(difference(lines, shown, styles), '', 'nothing is left to say')
  t.equal(emulator.terminal.buffer.active.baseY, 0, 'it never scrolled')
})

void t.test('text that does not fit ends in an ellipsis, and never in half a character', async (t) => {
  const lines = blank()
  const canvas = new Canvas(lines, { xi: 0, xl: COLUMNS, yi: 0, yl: ROWS })
  const put = (text: string, width: number): string => {
    canvas.put({ x: 0, y: 0, width }, text)
    return (lines[0] ?? [])
      .slice(0, width)
      .map(([, cell]) => cell || '_')
      .join('')
  }
  t.equal(put('hostname', 8), 'hostname')
  t.equal(put('hostname', 5), 'host…')
  t.equal(put('日本語', 6), '日_本_語_')
  t.equal(put('日本語', 5), '日_本_…')
  t.equal(put('日本語', 4), '日_ …')
  t.equal(put('日', 1), '…')
})

function blank(): Row[] {
  return Array.from({ length: ROWS }, () => {
    const cells = Array.from(
      { length: COLUMNS },
      () => [new Styles(true).of({}), ' '] satisfies [number, string],
    )
    return Object.assign(cells, { dirty: false })
  })
}

function hostile(random: (below: number) => number): string {
  const alphabet = CLASSES[random(CLASSES.length)] ?? []
  return Array.from({ length: random(COLUMNS) }, () => alphabet[random(alphabet.length)]).join('')
}

/** Cells of the emulator that are not what was meant. A wide character may be narrow there, with a blank beside it. */
function differences(emulator: Emulator, lines: readonly Row[]): string[] {
  const bad: string[] = []
  for (const [y, row] of lines.entries()) {
    const line = emulator.terminal.buffer.active.getLine(y)
    for (const [x, [, meant]] of row.entries()) {
      const cell = line?.getCell(x)
      const seen = cell?.getWidth() === 0 ? '' : cell?.getChars() || ' '
      if (seen !== meant && !(meant === '' && seen === ' ')) {
        bad.push(`${x},${y}: ${JSON.stringify(seen)} for ${JSON.stringify(meant)}`)
      }
    }
  }
  return bad
}

function write(emulator: Emulator, text: string): Promise<void> {
  return new Promise((resolve) => {
    emulator.terminal.write(text, resolve)
  })
}

/** Numbers below a bound that are the same in each run (mulberry32). */
function generator(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let value = Math.imul(state ^ (state >>> 15), 1 | state)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) % below
  }
}
