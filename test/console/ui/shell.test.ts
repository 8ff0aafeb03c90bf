// Shells in panes: what the operator sees, what reaches the machine, and what of the machine does not get out.
import t from 'tap'
import { until } from '../../until.ts'
import { SIX, startUi } from './screen-world.ts'
import type { PlayedShell } from './shell-world.ts'

const PREFIX = '\x1d'
const TWO = SIX.slice(0, 2)

/** The UI with a shell open on the first machine. */
async function start(more: Parameters<typeof startUi>[1] = {}) {
  const ui = startUi(TWO, more)
  await ui.emulator.shows(/web-0001/)
  ui.emulator.type('s')
  await until(() => ui.shells.opened.length === 1, 'a shell')
  const [shell] = ui.shells.opened
  if (shell === undefined) throw new Error('no shell')
  const quit = async () => {
    ui.emulator.type(`${PREFIX}qq`)
    return await ui.ended
  }
  return { ...ui, shell, quit }
}

async function typed(shell: PlayedShell, what: string): Promise<void> {
  await until(() => shell.typed.includes(what), `the machine gets ${JSON.stringify(what)}`)
}

void t.test('s opens a shell that has the whole body, and its keys are the machine’s', async (t) => {
  const { emulator, shell, quit } = await start()
  t.strictSame(shell.sizes, [{ cols: 80, rows: 21 }])
  shell.print('\x1b[1;31mred\x1b[m plain $ ')
  await emulator.shows(/^red plain \$/m)
  const cell = emulator.terminal.buffer.active.getLine(1)?.getCell(0)
  t.equal(cell?.getFgColor(), 1)
  t.ok(cell?.isBold())
  emulator.type('ls\rq?j')
  await typed(shell, 'ls\rq?j')
  emulator.type(`${PREFIX}${PREFIX}`)
  await typed(shell, PREFIX)
  t.match(emulator.line(22), /\[1 web-0001\]/)
  t.equal(await quit(), 0)
  t.ok(shell.isAborted, 'leaving the program ends its shells')
})

void t.test('the cursor keys are those that the program asked for', async () => {
  const { emulator, shell, quit } = await start()
  emulator.type('\x1b[A')
  await typed(shell, '\x1b[A')
  shell.print('\x1b[?1happ')
  await emulator.shows(/^app/m)
  emulator.type('\x1b[A')
  await typed(shell, '\x1bOA')
  await quit()
})

void t.test('nothing of a machine reaches the operator’s terminal but cells', async (t) => {
  const { emulator, shell, quit } = await start()
  const before = emulator.written.length
  shell.print(
    '\x1b]52;c;ZXZpbA==\x07\x1b]0;title\x07\x1b]8;;http://evil\x07link\x1b]8;;\x07\x9b31mA\u202eB\u200d\x1bP+q\x1b\\',
  )
  shell.print('\x1b[?1049h\x1b[?1003h\x1b[20;1Hlast')
  await emulator.shows(/^last/m)
  const out = emulator.written.slice(before)
  t.notMatch(out, /\]52|\]0;|\]8;|\u202e|\u200d|\x9b|\x1bP|\?1049|\?1003/u)
  await quit()
})

void t.test('a device query is answered once, and a flood of them is not kept', async (t) => {
  const { emulator, shell, quit } = await start()
  shell.print('\x1b[5;3H\x1b[6n')
  await typed(shell, '\x1b[5;3R')
  shell.isStuck = true
  emulator.type('x')
  shell.print('\x1b[6n'.repeat(20_000))
  shell.print('\x1b[Hflooded')
  await emulator.shows(/^flooded/m)
  shell.isStuck = false
  emulator.type('y')
  await typed(shell, 'y')
  t.ok(shell.typed.length < 10_000, 'answers that nobody reads are dropped')
  await quit()
})

void t.test('the size follows the window, to both terminals', async (t) => {
  const { emulator, shell, quit } = await start()
  emulator.resize(100, 40)
  await until(() => shell.sizes.at(-1)?.rows === 37, 'the new size')
  t.strictSame(shell.sizes.at(-1), { cols: 100, rows: 37 })
  await quit()
})

void t.test('tabs: several machines at once, each with its own screen', async (t) => {
  const { emulator, shells, shell, quit } = await start()
  shell.print('first')
  await emulator.shows(/^first/m)
  emulator.type(`${PREFIX}q`)
  await emulator.shows(/Enter open/)
  emulator.type('js')
  await until(() => shells.opened.length === 2, 'a second shell')
  shells.last.print('second')
  await emulator.shows(/^second[^]*1 web-0001 {2}\[2 web-0002\]/m)
  t.equal(shells.last.machineId, 'id-web-0002')
  shell.print(' news')
  await emulator.shows(/1 web-0001\*/)
  emulator.type(`${PREFIX}1`)
  await emulator.shows(/first news[^]*\[1 web-0001\]/)
  emulator.type(`${PREFIX}n`)
  await emulator.shows(/\[3 web-0001\]/)
  await until(() => shells.opened.length === 3, 'a third shell')
  emulator.type(`${PREFIX}x`)
  await until(() => shells.last.isAborted, 'the third is ended')
  await emulator.shows(/\[2 web-0002\]/)
  emulator.type(`${PREFIX}q`)
  await emulator.shows(/Enter open/)
  emulator.type('ks')
  await emulator.shows(/\[1 web-0001\]/)
  t.equal(shells.opened.length, 3, 's shows the shell that is open already')
  await quit()
})

void t.test('an ended shell says how, and Enter opens it again', async () => {
  const { emulator, shells, shell, quit } = await start()
  shell.print('bye')
  shell.end('exit 3')
  await emulator.shows(/exit 3 {3}Enter opens it again/)
  emulator.type('\r')
  await until(() => shells.opened.length === 2, 'a new one')
  await quit()
})

void t.test('a lost connection is said, and the same shell goes on', async () => {
  const { emulator, fleet, shell, quit } = await start()
  fleet.relay = { url: 'https://relay.example', up: false }
  fleet.set(TWO)
  await emulator.shows(/no connection: the same shell comes back/)
  emulator.type('typed meanwhile')
  fleet.relay = { url: 'https://relay.example', up: true }
  fleet.set(TWO)
  await typed(shell, 'typed meanwhile')
  shell.print('still here')
  await emulator.shows(/^still here/m)
  await quit()
})

void t.test('a program that prints faster than the pane draws is held up', async (t) => {
  const { shell, emulator, quit } = await start()
  const line = 'x'.repeat(77)
  const chunk = `${line}\r\n`.repeat(800)
  for (let at = 0; at < 200; at++) shell.print(chunk)
  shell.print('\x1b[2J\x1b[Hdone')
  const asked = shell.asked
  t.ok(asked < 20, `took ${asked} of 200 chunks at once`)
  await emulator.shows(/^done/m)
  await quit()
})
