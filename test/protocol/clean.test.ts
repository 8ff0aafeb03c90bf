// Hostile text: what is shown for it, and that nothing a terminal would obey ever comes out.
import * as fc from 'fast-check'
import t from 'tap'
import { clean, OutputCleaner } from '../../protocol/clean.ts'

const COLOUR = /\x1b\[[\d;:]*m/g
const DANGER = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/

/** Text made of what attacks are made of, with ordinary characters in between. */
const nasty = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '\x1b',
      '[',
      ']52;c;',
      '31m',
      '0m',
      ';',
      '\x07',
      '\x9b',
      '\x90',
      '\x1b\\',
      '\r',
      '\n',
      '\t',
      '\x7f',
    ),
    fc.constantFrom(
      '\u202e',
      '\u2066',
      '\u200b',
      '\u200d',
      '\ufeff',
      '\u2028',
      '\ufe0f',
      '\ud83d',
      '\udc22',
      '\u0301',
    ),
    fc.constantFrom('👩', '👧', '🏽', '🇩', '🇪', '日', 'é', 'a', ' ', '\u00a0'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 80,
})

void t.test('one line: each dangerous character becomes a visible mark', async (t) => {
  const shown: [string, string][] = [
    ['web-0001', 'web-0001'],
    ['\x1b[31mred\x1b]52;c;eA==\x07', '·[31mred·]52;c;eA==·'],
    ['a\u009b2Jb\x7f\x00', 'a·2Jb··'],
    ['user\u202etxt.exe\u2069', 'user·txt.exe·'],
    ['a\u200bb\ufeffc\u2028d\u00ade', 'a·b·c·d·e'],
    ['a\tb\u00a0c\u3000d', 'a b c d'],
    ['one\r\ntwo', 'one··two'],
    ['\ud83d!', '\ufffd!'],
    ['👩\u200d👧 ❤\ufe0f 👍🏽 🇩🇪', '👩 ❤ 👍 DE'],
    ['e\u0301 日本', 'é 日本'],
  ]
  for (const [text, expected] of shown) t.equal(clean(text), expected, expected)
})

void t.test('one line: nothing dangerous, no surrogate, and cleaning twice changes nothing', async () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const once = clean(text)
      return (
        !/[\n\r\t\x1b]/.test(once) &&
        !DANGER.test(once) &&
        !/\p{Surrogate}/u.test(once) &&
        clean(once) === once
      )
    }),
    { numRuns: 2000 },
  )
})

void t.test('output: text, line ends, tabs and colours pass', async (t) => {
  const text = 'total 4\n\x1b[1;34mdir\x1b[0m\t10%\r20%\x1b[38:2::1:2:3mx\x1b[m ❤\ufe0f 日本\n'
  const cleaner = new OutputCleaner()
  t.equal(cleaner.push(Buffer.from(text)), text)
  t.equal(cleaner.end(), '')
  t.equal(new OutputCleaner().push('a\r\nb'), 'a\nb')
})

void t.test('output: what would act on the terminal is shown', async (t) => {
  const shown: [string, string][] = [
    ['\x1b]52;c;eA==\x07', '␛]52;c;eA==␇'],
    ['\x1b[2J\x1b[6n\x1b[?1049h\x1b[>4;2m', '␛[2J␛[6n␛[?1049h␛[>4;2m'],
    ['\x1bP$q\x1b\\\x1bc\x1b(0', '␛P$q␛\\␛c␛(0'],
    ['\u009b31m\u009d0;t\u009c', '␛[31m␛]0;t␛\\'],
    ['a\u202eb\u2066c\ufeffd\x7f\b', 'a·b·c·d␡␈'],
    [`\x1b[${'1;'.repeat(40)}m`, `␛[${'1;'.repeat(40)}m`],
  ]
  for (const [text, expected] of shown) t.equal(whole([Buffer.from(text)]), expected, expected)
})

void t.test('output: cuts in a character or a sequence change nothing', async (t) => {
  const text = Buffer.from('é日🐢\x1b[1;31mred\x1b[0m\x1b]0;x\x07\x1b[2J\r\nend')
  const expected = whole([text])
  for (let size = 1; size < text.length; size++) {
    const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
      text.subarray(at * size, (at + 1) * size),
    )
    t.equal(whole(chunks), expected, `chunks of ${size}`)
  }
})

void t.test('output: an unfinished sequence is shown at the end, a colour left on is ended', async (t) => {
  t.equal(whole([Buffer.from('a\x1b[31')]), 'a␛[31')
  t.equal(whole([Buffer.from('\x1b[31mred')]), '\x1b[31mred\x1b[m')
  t.equal(whole([Buffer.from([0x61, 0xe6, 0x97])]), 'a\ufffd')
})

void t.test('output: at most 64 bytes wait, whatever comes', async (t) => {
  fc.assert(
    fc.property(fc.array(nasty, { maxLength: 8 }), (chunks) => {
      const cleaner = new OutputCleaner()
      const before = chunks.map((chunk) => cleaner.push(chunk)).join('')
      return cleaner.end().length <= 64 && !DANGER.test(before.replaceAll(COLOUR, ''))
    }),
    { numRuns: 1000 },
  )
  const cleaner = new OutputCleaner()
  cleaner.push('\x1b[')
  for (let count = 0; count < 100; count++) cleaner.push('1;')
  t.equal(cleaner.push('m').includes('\x1b'), false)
})

void t.test('output: arbitrary bytes in arbitrary chunks never let anything dangerous through', async () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.uint8Array({ maxLength: 40 }), nasty.map(toBytes))), (chunks) => {
      const text = whole(chunks)
      return !DANGER.test(text.replaceAll(COLOUR, '')) && text === whole([Buffer.concat(chunks)])
    }),
    { numRuns: 2000 },
  )
})

function toBytes(text: string): Uint8Array {
  return Buffer.from(text)
}

function whole(chunks: readonly Uint8Array[]): string {
  const cleaner = new OutputCleaner()
  return chunks.map((chunk) => cleaner.push(chunk)).join('') + cleaner.end()
}
