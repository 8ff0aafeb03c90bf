// The painter against a terminal emulator: whatever the text, each cell shows what was meant.
import t, { type Test } from 'tap'
import { difference } from '../../../console/ui/differ.ts'
import { SAFE } from '../../../console/ui/glyphs.ts'
import { Canvas } from '../../../console/ui/paint.ts'
import { Styles } from '../../../console/ui/style.ts'
import { blank, differences, FRAMES, generator, hostile, write } from './frames-world.ts'
import { Emulator } from './screen-world.ts'

/** One or two columns for anything out of the ordinary, by the parity of its code point. */
const CONTRARY = {
  version: 'contrary',
  wcwidth(code: number): 0 | 1 | 2 {
    const character = String.fromCodePoint(code)
    if (/\p{Mark}/u.test(character)) return 0
    return SAFE.test(character) || code % 2 === 0 ? 1 : 2
  },
  /** Width in bits 1 and 2, joined to the character before it in bit 0: the packing of xterm.js. */
  charProperties(code: number, preceding: number): number {
    const width = this.wcwidth(code)
    const before = (preceding >> 1) & 3
    return width === 0 && before > 0 ? (before << 1) | 1 : width << 1
  },
}

const COLUMNS = 40
const ROWS = 8

void t.test(`${FRAMES} frames of hostile text show exactly the cells that were meant`, async (t) => {
  const emulator = new Emulator(COLUMNS, ROWS)
  await paintFrames(t, emulator, (seen, meant) => seen === meant)
})

void t.test(
  'a terminal with other ideas of widths still shows all ordinary characters where they belong',
  async (t) => {
    const emulator = new Emulator(COLUMNS, ROWS)
    emulator.terminal.unicode.register(CONTRARY)
    emulator.terminal.unicode.activeVersion = CONTRARY.version
    await paintFrames(t, emulator, (seen, meant) => seen === meant || !SAFE.test(meant))
  },
)

/** Paint FRAMES frames; after each one every cell must satisfy `isRight`. */
async function paintFrames(
  t: Test,
  emulator: Emulator,
  isRight: (seen: string, meant: string) => boolean,
): Promise<void> {
  const random = generator(20_261_123)
  const styles = new Styles(true)
  const looks = [{}, { bold: true }, { fg: 2 }, { inverse: true }, { fg: '#ff8800', bg: 17 } as const]
  const lines = blank(COLUMNS, ROWS)
  const shown = blank(COLUMNS, ROWS)
  await write(emulator, '\x1b[?7l\x1b[2J')
  let bad: string[] = []
  for (let frame = 0; frame < FRAMES && bad.length === 0; frame++) {
    for (let count = random(1 + ROWS); count >= 0; count--) {
      // Views beside and over each other, at any column: also through the middle of a wide character.
      const left = random(COLUMNS - 2)
      const canvas = new Canvas(lines, { xi: left, xl: left + 1 + random(COLUMNS - left), yi: 0, yl: ROWS })
      const style = styles.of(looks[random(looks.length)] ?? {})
      canvas.put({ x: 0, y: random(ROWS), style }, hostile(random, COLUMNS))
    }
    await write(emulator, difference(lines, shown, styles))
    bad = differences(emulator, lines, isRight).map((cell) => `frame ${frame}, ${cell}`)
  }
  t.same(bad, [], 'no cell is wrong')
  t.equal(difference(lines, shown, styles), '', 'nothing is left to say')
  t.equal(emulator.terminal.buffer.active.baseY, 0, 'it never scrolled')
}

void t.test('text that does not fit ends in an ellipsis, and never in half a character', async (t) => {
  const lines = blank(COLUMNS, ROWS)
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
