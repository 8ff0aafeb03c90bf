// Pages full of hostile text against a terminal emulator: each cell shows what was meant, and nothing else happens to the terminal.
import t from 'tap'
import type { Row } from '../../../console/ui/blessed.ts'
import { paintHeader } from '../../../console/ui/chrome.ts'
import { Desk } from '../../../console/ui/desk.ts'
import { difference } from '../../../console/ui/differ.ts'
import { footWords, paintFoot } from '../../../console/ui/foot.ts'
import { EVERYWHERE } from '../../../console/ui/frame-keys.ts'
import { Notices } from '../../../console/ui/notices.ts'
import type { Page, Ui } from '../../../console/ui/page.ts'
import { historyPage, operatorsPage, tokensPage } from '../../../console/ui/pages/books.ts'
import { Dialog } from '../../../console/ui/pages/dialog.ts'
import { HelpPage } from '../../../console/ui/pages/help.ts'
import { NoticesPage } from '../../../console/ui/pages/notices.ts'
import { Palette } from '../../../console/ui/pages/palette.ts'
import { PromptPage } from '../../../console/ui/pages/prompt.ts'
import { SECTIONS } from '../../../console/ui/keys.ts'
import { Canvas } from '../../../console/ui/paint.ts'
import { Session } from '../../../console/ui/session.ts'
import { FakeDeeds } from './fake-deeds.ts'
import { blank, differences, FRAMES, generator, hostile, type Random, write } from './frames-world.ts'
import { EchoPrompt, Emulator, FakeFleet, machine, NOW, startUi } from './screen-world.ts'

const COLUMNS = 80
const ROWS = 24

t.test(`${FRAMES} frames of pages full of hostile text show exactly the cells that were meant`, async (t) => {
  const random = generator(20_261_125)
  const emulator = new Emulator(COLUMNS, ROWS)
  const lines = blank(COLUMNS, ROWS)
  const shown = blank(COLUMNS, ROWS)
  const { stdin, stdout } = new Emulator()
  const ui = new Desk({ stdin, stdout, env: { TERM: 'xterm' }, now: () => NOW }, () => relayOf(random))
  await write(emulator, '\x1b[?7l\x1b[2J')
  let bad: string[] = []
  for (let frame = 0; frame < FRAMES && bad.length === 0; frame++) {
    paintFrame(ui, lines, random, await pagesOf(ui, random))
    await write(emulator, difference(lines, shown, ui.styles))
    bad = differences(emulator, lines, (seen, meant) => seen === meant).map(
      (cell) => `frame ${frame}, ${cell}`,
    )
  }
  t.same(bad, [], 'no cell is wrong')
  t.equal(emulator.terminal.buffer.active.baseY, 0, 'it never scrolled')
  await ui.close(Promise.resolve())
})

t.test('after any keys among hostile names the screen is what a new painting of it shows', async (t) => {
  const random = generator(7)
  const { emulator, fleet, deeds, ended } = startUi([machine('a')])
  deeds.done = doneOf(random, 40)
  const KEYS = [
    'j',
    'k',
    ' ',
    '/',
    'a\r',
    '\x1b',
    ':h',
    '\x1b[B',
    '?',
    '!',
    'H',
    'K',
    '1\r',
    'T',
    'G',
    '\x1b[6~',
  ]
  for (let step = 0; step < Math.min(60, FRAMES / 5); step++) {
    fleet.set(Array.from({ length: 1 + random(30) }, () => machineOf(random)))
    emulator.type(KEYS[random(KEYS.length)] ?? '')
    await emulator.shows(/^ rconsole [●○] /)
  }
  emulator.type('\x1b')
  await emulator.shows(/back|quit|close|clear/)
  t.notMatch(emulator.written, FORBIDDEN)
  emulator.type('\x03')
  await emulator.shows(/\S/)
  emulator.type('\x03\x03\x03\x03\x03')
  t.equal(await ended, 0)
})

/** Whatever could do more than paint: OSC, DCS, C1, bidi; sequences that we have no use for. */
const FORBIDDEN = /\x1b[\]P_^X]|[\x80-\x9f\u202a-\u202e\u2066-\u2069\u200b-\u200f\ufeff]/

function paintFrame(ui: Ui, lines: readonly Row[], random: Random, pages: readonly Page[]): void {
  const area = (yi: number, yl: number): Canvas => new Canvas(lines, { xi: 0, xl: COLUMNS, yi, yl })
  const page = pages[random(pages.length)]
  if (page === undefined) return
  paintHeader(area(0, 1), ui, { relay: relayOf(random), ...page.title() })
  page.paint(area(1, ROWS - 2))
  if (random(3) === 0) pages.find((other) => other.isOver === true)?.paint(area(1, ROWS - 2))
  if (page.input === undefined) area(ROWS - 2, ROWS - 1).put({ x: 0, y: 0 }, page.note())
  else page.input.paint(area(ROWS - 2, ROWS - 1), 0, ui.styles.of({ inverse: true }))
  paintFoot(area(ROWS - 1, ROWS), ui, footWords(page.keys, EVERYWHERE, COLUMNS))
}

/** Each kind of page, with what a hostile machine, relay or operator can put there. */
async function pagesOf(ui: Ui, random: Random): Promise<Page[]> {
  const deeds = new FakeDeeds()
  deeds.done = doneOf(random, random(30))
  deeds.known = Array.from({ length: random(9) }, (_, at) => ({
    id: `${at}`,
    state: hostile(random, 9),
    until: NOW,
    uses: at,
    max: undefined,
    waits: at === 1,
    by: hostile(random, 20),
    labels: hostile(random, 30),
    machines: [hostile(random, 60)],
  }))
  deeds.people = Array.from({ length: random(9) }, (_, at) => ({
    name: hostile(random, 40),
    role: hostile(random, 9),
    scope: hostile(random, 30),
    key: `${at}`,
    until: NOW,
    isRevoked: at === 0,
    isToken: at === 1,
    isYou: at === 2,
  }))
  const notices = new Notices(ui.now, () => undefined)
  for (let count = random(9); count >= 0; count--) notices.add(hostile(random, 200), count === 0)
  notices.close()
  const session = new Session({
    machine: machineOf(random),
    changed: () => undefined,
    quiet: 0,
    open: () => new EchoPrompt(),
  })
  for (let count = random(30); count >= 0; count--) session.transcript.write(`${hostile(random, 120)}\n`)
  session.line.value = hostile(random, 100)
  const rows = [
    historyPage(ui, deeds.books, [machineOf(random)]),
    tokensPage(ui, deeds.books),
    operatorsPage(ui, deeds.books),
  ]
  for (const page of rows) page.opened()
  // They are read at once here, but not before the next turn.
  await Promise.resolve()
  const word = { name: 'cp', description: hostile(random, 60), run: () => undefined }
  const palette = new Palette(ui, [{ ...word, argument: { hint: '', choices: () => [hostile(random, 40)] } }])
  palette.input.value = random(2) === 0 ? '' : `cp ${hostile(random, 5)}`
  palette.typed()
  const typed = hostile(random, 30)
  const dialog = new Dialog(ui, {
    text: [hostile(random, 90), hostile(random, 300)],
    typed,
    confirmed: () => undefined,
  })
  const prompt = new PromptPage(ui, new FakeFleet([]), session)
  return [
    ...rows,
    new NoticesPage(ui, () => notices.all),
    prompt,
    palette,
    dialog,
    new HelpPage(ui, SECTIONS),
  ]
}

function doneOf(random: Random, count: number): FakeDeeds['done'] {
  return Array.from({ length: count }, (_, at) => ({
    id: `${at}`,
    at: random(2) === 0 ? NOW : 8.64e15,
    machine: hostile(random, 40),
    operator: hostile(random, 20),
    action: hostile(random, 9),
    outcome: hostile(random, 30),
    isGood: random(2) === 0,
    what: hostile(random, 400),
  }))
}

function machineOf(random: Random): ReturnType<typeof machine> {
  const labels = { [hostile(random, 9)]: hostile(random, 20) }
  const name = hostile(random, 40)
  return machine(name, { id: `id-${random(1000)}`, os: hostile(random, 30), by: hostile(random, 20), labels })
}

function relayOf(random: Random): { url: string; up: boolean; rtt: number } {
  return { url: hostile(random, 50), up: random(2) === 0, rtt: random(900) }
}
