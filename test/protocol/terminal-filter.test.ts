// What a remote shell may do to the operator's terminal, judged by a terminal: xterm.js, asked what reached it.
import xterm from '@xterm/headless'
import * as fc from 'fast-check'
import t from 'tap'
import { TerminalFilter } from '../../protocol/terminal-filter.ts'
import { FUZZ_RUNS } from '../fuzz.ts'

/** Filter `text` in pieces of `size` bytes. */
function filtered(text: string | Buffer, size = 4096): Buffer {
  const filter = new TerminalFilter()
  const bytes = Buffer.from(text)
  const out: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += size) out.push(filter.filter(bytes.subarray(at, at + size)))
  return Buffer.concat(out)
}

/** What a terminal would do with `text` beyond drawing. */
async function reached(text: string | Buffer): Promise<string[]> {
  const terminal = new xterm.Terminal({
    allowProposedApi: true,
    cols: 80,
    rows: 24,
    // Else xterm.js asks no handler about reports of the title.
    windowOptions: { getIconTitle: true, getWinTitle: true },
  })
  const found: string[] = []
  for (const code of [5, 7, 9, 50, 51, 52, 99, 133, 777, 1337]) {
    terminal.parser.registerOscHandler(code, () => {
      found.push(`OSC ${code}`)
      return true
    })
  }
  terminal.parser.registerCsiHandler({ final: 't' }, ([first]) => {
    if (first === 20 || first === 21) found.push(`CSI ${first} t`)
    return true
  })
  for (const final of ['q', 'p', 'r', 's', '|']) {
    for (const intermediates of ['', '$', '+']) {
      terminal.parser.registerDcsHandler({ intermediates, final }, () => {
        found.push(`DCS ${intermediates}${final}`)
        return true
      })
    }
  }
  await new Promise<void>((resolve) => {
    terminal.write(Buffer.from(text), resolve)
  })
  terminal.dispose()
  return found
}

const CLIPBOARD = ']52;c;ZXZpbA==\u0007'

/** Ways around a filter that reads sequences otherwise than a terminal does. */
const WAYS = [
  ['as it is', `\u001b${CLIPBOARD}`],
  ['ended by ST', '\u001b]52;c;ZXZpbA==\u001b\\'],
  ['inside an allowed string', `\u001b]0;x\u001b${CLIPBOARD}`],
  ['after a control between ESC and its sequence', `\u001b\n${CLIPBOARD}`],
  ['after NUL', `\u001b\u0000${CLIPBOARD}`],
  ['after a string that was cancelled', `\u001b]0;x\u0018\u001b${CLIPBOARD}`],
  ['after SUB in a sequence', `\u001b[1\u001a\u001b${CLIPBOARD}`],
  ['by eight bits', `\u009d52;c;ZXZpbA==\u0007`],
  ['by eight bits after ESC', `\u001b\u009d52;c;ZXZpbA==\u0007`],
  ['by eight bits inside a sequence', `\u001b[\u009d52;c;ZXZpbA==\u0007`],
  ['by eight bits inside an allowed string', `\u001b]0;x\u009c\u009d52;c;ZXZpbA==\u0007`],
  ['after half a character', Buffer.concat([Buffer.of(0xc2), Buffer.from(`\u001b${CLIPBOARD}`)])],
  ['after DEL', `\u001b\u007f${CLIPBOARD}`],
  ['a title reported, with DEL inside', '\u001b[2\u007f1t'],
  ['with zeros before', '\u001b]052;c;ZXZpbA==\u0007'],
  ['a title reported', '\u001b]2;evil\u0007\u001b[21t'],
  ['a title reported, with zeros', '\u001b[021t'],
  ['a title reported, with a control inside', '\u001b[2\n1t'],
  ['a device control string', '\u001bP$qm\u001b\\'],
  ['a device control string by eight bits', '\u0090$qm\u009c'],
] as const

for (const [name, text] of WAYS) {
  void t.test(`42. nothing beyond the screen is reached: ${name}`, async (t) => {
    t.strictSame(await reached(filtered(text)), [])
    t.strictSame(await reached(filtered(text, 1)), [], 'byte by byte')
  })
}

void t.test('42. the judge sees what is not filtered', async (t) => {
  t.strictSame(await reached(`\u001b${CLIPBOARD}`), ['OSC 52'])
  t.strictSame(await reached(`\u001b]0;x\u001b${CLIPBOARD}`), ['OSC 52'])
  t.strictSame(await reached(`\u001b\n${CLIPBOARD}`), ['OSC 52'])
  t.strictSame(await reached('\u001b[021t'), ['CSI 21 t'])
})

void t.test('what draws passes as it is, however it is cut', async (t) => {
  const drawn = [
    'plain é 日本 🐢 \t\r\n\b\u0007',
    '\u001b[1;31mred\u001b[0m\u001b[2J\u001b[H\u001b[?1049h\u001b[>4;2m\u001b[38:2::1:2:3m',
    '\u001b]0;a title\u0007\u001b]2;another ü\u001b\\\u001b]8;;https://example.org\u001b\\link\u001b]8;;\u001b\\',
    '\u001b(B\u001b)0\u001b=\u001b>\u001b7\u001b8\u001bM\u001b#8\u001b(0lqk\u001b(B',
    '\u001b[6n\u001b[c\u001b[22;0t\u001b[23;0t\u001b[18t',
  ]
  for (const text of drawn) {
    for (const size of [1, 2, 3, 4096])
      t.equal(filtered(text, size).toString(), text, JSON.stringify(text.slice(0, 30)))
  }
  t.equal(filtered('\u0005who\u0005').toString(), 'who', 'no answerback')
})

void t.test(
  '42. whatever a machine sends, in whatever pieces, nothing beyond the screen is reached',
  async () => {
    const pieces = fc.constantFrom(
      '\u001b',
      '[',
      ']',
      'P',
      '_',
      '\\',
      '52;c;eA==',
      '0;x',
      '2',
      '1',
      '0',
      ';',
      't',
      '\u0007',
      '\u0018',
      '\u001a',
      '\n',
      '\u0000',
      '\u007f',
      '\u0005',
      '\u009b',
      '\u009c',
      '\u009d',
      '\u0090',
      ' ',
      '(',
      '#',
      '$q',
      'é',
      'x',
      '?',
      '>',
      ':',
      ...[0xc2, 0x9d, 0x9b, 0xe0, 0x82].map((byte) => Buffer.of(byte)),
    )
    const texts = fc
      .array(pieces, { minLength: 1, maxLength: 14 })
      .map((parts) => Buffer.concat(parts.map((part) => Buffer.from(part))))
    await fc.assert(
      fc.asyncProperty(texts, fc.integer({ min: 1, max: 5 }), async (text, size) => {
        const found = await reached(filtered(text, size))
        return found.length === 0
      }),
      { numRuns: FUZZ_RUNS },
    )
  },
)
