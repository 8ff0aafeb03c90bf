// Shells in panes: reading back, search, copy, pastes, the mouse, the whole terminal, and typing to many.
import t from 'tap'
import { until } from '../../until.ts'
import { SIX, startUi } from './screen-world.ts'

const PREFIX = '\x1d'
const TWO = SIX.slice(0, 2)
const LINES = Array.from({ length: 200 }, (_, at) => `line ${at}\r\n`).join('')

async function start(more: Parameters<typeof startUi>[1] = {}) {
  const ui = startUi(TWO, more)
  await ui.emulator.shows(/web-0001/)
  ui.emulator.type('s')
  await until(() => ui.shells.opened.length === 1, 'a shell')
  const shell = ui.shells.last
  const typed = async (what: string) => {
    await until(() => shell.typed.includes(what), `the machine gets ${JSON.stringify(what)}`)
  }
  const quit = async () => {
    ui.emulator.type(`${PREFIX}qq`)
    return await ui.ended
  }
  return { ...ui, shell, typed, quit }
}

void t.test('reading back: up and down, to the ends, and back to what is new', async (t) => {
  const { emulator, shell, quit } = await start()
  shell.print(`${LINES}$ `)
  await emulator.shows(/^line 199$/m)
  emulator.type(`${PREFIX}[g`)
  await emulator.shows(/^line 0$[^]*reading back: 180 rows below/m)
  emulator.type('\x1b[6~')
  await emulator.shows(/^line 41$/m)
  emulator.type('\x1b[5~')
  await emulator.shows(/^line 0$/m)
  shell.print('more\r\n'.repeat(50))
  await emulator.shows(/230 rows below/)
  t.match(emulator.text, /^line 0$/m, 'what is read stays')
  emulator.type('Gk')
  await emulator.shows(/^more$/m)
  emulator.type('jq')
  await emulator.shows(/^ \[1 web-0001\]$/m)
  emulator.type('typed')
  await until(() => shell.typed === 'typed', 'only what was typed afterwards')
  await quit()
})

void t.test('search finds upwards, on, and back; nothing found is said', async () => {
  const { emulator, shell, quit } = await start()
  shell.print(LINES)
  await emulator.shows(/^line 199$/m)
  emulator.type(`${PREFIX}/LINE 1\r`)
  await emulator.shows(/^line 199$/m)
  emulator.type('/line 4\r')
  await emulator.shows(/^line 49$/m)
  emulator.type('n'.repeat(10))
  await emulator.shows(/^line 4$/m)
  emulator.type('N')
  await emulator.shows(/^line 40$/m)
  emulator.type('/nowhere\r')
  await emulator.shows(/not found above: nowhere/)
  emulator.type('/x\x1b')
  await emulator.shows(/reading back/)
  emulator.type('\x1b')
  await emulator.shows(/^line 199$/m)
  await quit()
})

void t.test('lines that are chosen go into the operator’s clipboard, once asked', async (t) => {
  const { emulator, shell, quit } = await start()
  shell.print(`${LINES}$ ${'w'.repeat(100)}`)
  await emulator.shows(/^w+$/m)
  emulator.type(`${PREFIX}[`)
  await emulator.shows(/reading back/)
  emulator.type('vkky')
  await emulator.shows(/copied: 2 lines/)
  const [, base64 = ''] = /\x1b\]52;c;([^\x07]*)\x07/.exec(emulator.written) ?? []
  t.equal(Buffer.from(base64, 'base64').toString(), `line 199\n$ ${'w'.repeat(100)}\n`)
  await quit()
})

void t.test('a paste is one, marked where the program asked, held up where it is slow', async (t) => {
  const { emulator, shell, typed, quit } = await start()
  emulator.type('\x1b[200~a\nb\x1d\x1b[201~')
  await typed('a\nb\x1d')
  shell.print('\x1b[?2004hready')
  await emulator.shows(/^ready/m)
  emulator.type('\x1b[200~c\nd\x1b[201~')
  await typed('\x1b[200~c\nd\x1b[201~')
  shell.isStuck = true
  const long = 'p'.repeat(100_000)
  emulator.type(`\x1b[200~${long}`)
  for (let at = 0; at < 50; at++) emulator.stdin.write(long)
  await until(() => emulator.stdin.isPaused(), 'the terminal is not read for now')
  shell.isStuck = false
  emulator.stdin.write('the end\x1b[201~')
  await typed('the end\x1b[201~')
  const pasted = shell.typed.replaceAll(/\x1b\[20[01]~/g, '')
  t.equal(pasted.length, 'a\nb\x1dc\nd'.length + 51 * long.length + 'the end'.length, 'every byte')
  await quit()
})

void t.test(
  'the wheel reads back, is keys to a full-screen program, and a report to one that wants it',
  async (t) => {
    const { emulator, shell, typed, quit } = await start()
    shell.print(LINES)
    await emulator.shows(/^line 199$/m)
    emulator.type('\x1b[<64;5;5M')
    await emulator.shows(/reading back: 3 rows below/)
    emulator.type('\x1b[<65;5;5M')
    await emulator.shows(/^ \[1 web-0001\]$/m)
    t.equal(shell.typed, '')
    shell.print('\x1b[?1049h\x1b[2J\x1b[Hfull-screen')
    await emulator.shows(/^full-screen/m)
    emulator.type('\x1b[<64;5;5M')
    await typed('\x1b[A\x1b[A\x1b[A')
    shell.print('\x1b[?1000h\x1b[?1006h\x1b[Hwith mouse ')
    await emulator.shows(/^with mouse/m)
    emulator.type('\x1b[<0;5;5M\x1b[<0;5;5m\x1b[<64;5;5M')
    await typed('\x1b[<0;5;4M\x1b[<0;5;4m\x1b[<64;5;4M')
    await quit()
  },
)

void t.test('the whole terminal: the screen as it is, bytes both ways, and back', async (t) => {
  const { emulator, shell, typed, quit } = await start()
  shell.print('\x1b[?1049h\x1b[2J\x1b[5;7Hin vim\x1b[?1h')
  await emulator.shows(/in vim/)
  const before = emulator.written.length
  emulator.type(`${PREFIX}f`)
  await until(() => shell.sizes.at(-1)?.rows === 24, 'the size of the whole terminal')
  await until(() => /^ {6}in vim$/m.test(emulator.line(4)), 'the screen of the program')
  t.equal(emulator.terminal.buffer.active.type, 'alternate')
  t.ok(emulator.terminal.modes.applicationCursorKeysMode)
  emulator.type('\x1b[A\x1b[200~\x1d\x1b[201~')
  await typed('\x1b[A\x1b[200~\x1d\x1b[201~')
  shell.print('\x1b]52;c;ZXZpbA==\x07\x1b[9;1Hmore\x1b[6n')
  await until(() => emulator.line(8) === 'more', 'what it prints')
  t.notMatch(emulator.written.slice(before), /\]52/)
  emulator.resize(90, 30)
  await until(() => shell.sizes.at(-1)?.rows === 30, 'its size follows')
  emulator.type(`${PREFIX}f`)
  await emulator.shows(/\[1 web-0001\]/)
  await until(() => shell.sizes.at(-1)?.rows === 27, 'the pane again')
  t.notOk(shell.typed.includes('R'), 'the pane leaves the answer to the terminal that drew it')
  await quit()
  t.equal(emulator.terminal.buffer.active.type, 'normal')
})

void t.test('the end of the program gives the terminal back; so does leaving it by another key', async () => {
  const { emulator, shells, shell, quit } = await start()
  shell.print('one')
  await emulator.shows(/^one/m)
  emulator.type(`${PREFIX}f`)
  await until(() => shell.sizes.at(-1)?.rows === 24, 'the whole terminal')
  emulator.type(`${PREFIX}n`)
  await emulator.shows(/\[2 web-0001\]/)
  shells.last.print('two')
  await emulator.shows(/^two/m)
  emulator.type(`${PREFIX}f`)
  await until(() => shells.last.sizes.at(-1)?.rows === 24, 'the whole terminal')
  shells.last.end('exit 0')
  await emulator.shows(/exit 0 {3}Enter opens it again/)
  await quit()
})

void t.test('typing to many asks for their number, and is not to be overlooked', async (t) => {
  const { emulator, shells, shell, quit } = await start()
  emulator.type(`${PREFIX}t`)
  await emulator.shows(/Only one shell is open/)
  emulator.type(`${PREFIX}qjs`)
  await emulator.shows(/\[2 web-0002\]/)
  emulator.type(`${PREFIX}t`)
  await emulator.shows(/goes to 2 shells/)
  emulator.type('\r1\r')
  await emulator.shows(/goes to 2 shells/)
  emulator.type('\x7f2\r')
  await emulator.shows(/^ TYPING TO 2 SHELLS[^]*WHAT YOU TYPE GOES TO 2 SHELLS/m)
  emulator.type('date\r')
  for (const each of shells.opened) await until(() => each.typed === 'date\r', 'both get it')
  emulator.type(`${PREFIX}t`)
  await emulator.shows(/^ 1 web-0001 {2}\[2 web-0002\]$/m)
  emulator.type('one')
  await until(() => shells.last.typed === 'date\rone', 'only the one that is seen')
  t.equal(shell.typed, 'date\r')
  await quit()
})
