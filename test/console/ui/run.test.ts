// Runs in the UI: the line and whom it is for, the answers as they land, and what is done about them.
import t from 'tap'
import { until } from '../../until.ts'
import { SIX, startUi } from './screen-world.ts'

const NAMES = ['web-0001', 'web-0002', 'db-0001', 'db-0002']

/** The UI with a run of `uname -r` begun on one machine, which the test takes for four. */
async function start() {
  const ui = startUi(SIX)
  await ui.emulator.shows(/s shell/)
  ui.emulator.type('r')
  await ui.emulator.shows(/run on 1 machine /)
  ui.emulator.type('uname -r\r')
  await until(() => ui.runs.begun.length === 1, 'a run')
  const quit = async () => {
    await leave(ui)
    return await ui.ended
  }
  return { ...ui, run: ui.runs.last, quit }
}

/** Back to the list, and out. Esc by itself: with the next key it would be another one. */
async function leave({ emulator }: Pick<ReturnType<typeof startUi>, 'emulator'>): Promise<void> {
  emulator.type('\x1b')
  await emulator.shows(/s shell/)
  emulator.type('q')
}

const ANSWERS = [
  { names: NAMES.slice(0, 2), text: '6.1.0-42\nactive\n' },
  { names: NAMES.slice(2, 3), text: '6.1.0-40\nactive\n', how: 'exit 3' },
  { names: NAMES.slice(3), how: 'offline since 14:00' },
]

void t.test('the line says whom it is for before Enter, and knows what was run before', async (t) => {
  const ui = startUi(SIX)
  const { emulator, runs } = ui
  await emulator.shows(/s shell/)
  emulator.type('r')
  await emulator.shows(/run on 1 machine +not started[^]*on 1 machine:[^]* db-0001$[^]*uname -r$[^]*uptime$/m)
  emulator.type('\x1b[A')
  await emulator.shows(/^\$ uname -r *$/m)
  emulator.type('\x1b[A')
  await emulator.shows(/^\$ uptime *$/m)
  emulator.type('\x1b[B\x1b[B')
  await emulator.shows(/^\$ *$/m)
  emulator.type('u\t')
  await emulator.shows(/^\$ uname -r *$/m)
  emulator.type('\t')
  await emulator.shows(/^\$ uptime *$/m)
  t.equal(runs.begun.length, 0, 'nothing runs before Enter')
  emulator.type('\r')
  await until(() => runs.begun.length === 1, 'a run')
  t.equal(runs.last.command, 'uptime')
  t.strictSame(runs.last.machines, [{ id: 'id-db-0001', name: 'db-0001' }])
  await emulator.shows(/^ \$ uptime$/m)
  await leave(ui)
  t.equal(await ui.ended, 0)
  t.ok(runs.last.isLeft, 'it goes on without the console')
})

void t.test('above the limit their number has to be typed', async (t) => {
  const ui = startUi(SIX)
  const { emulator, runs } = ui
  runs.askAbove = 0
  await emulator.shows(/s shell/)
  emulator.type('rid\r')
  await emulator.shows(/This runs on 1 machine/)
  emulator.type('\r')
  emulator.type('\x1b')
  await emulator.shows(/^\$ id/m)
  t.equal(runs.begun.length, 0)
  emulator.type('\r1\r')
  await until(() => runs.begun.length === 1, 'a run')
  await leave(ui)
  t.equal(await ui.ended, 0)
})

void t.test('answers fold as they land, expand, and show how they differ', async () => {
  const { emulator, run, quit } = await start()
  await emulator.shows(/0\/1 {2}0 s[^]*▶ 1 machine {2}running {2}db-0001/)
  run.play(ANSWERS)
  await emulator.shows(
    /▶ 2 machines {2}exit 0 {2}web-0001 web-0002$\n {2}6.1.0-42$\n {2}active$\n▶ 1 machine {2}exit 3 {2}db-0001$/m,
  )
  run.play([{ names: NAMES, text: Array.from({ length: 9 }, (_, at) => `line ${at}\n`).join('') }])
  await emulator.shows(/line 2$\n {2}…/m)
  emulator.type('\r')
  await emulator.shows(/▼ 4 machines[^]*line 8$/m)
  emulator.type('\r')
  await emulator.shows(/▶ 4 machines/)
  run.play(ANSWERS, true)
  emulator.type('d')
  await emulator.shows(/differences from most[^]*-6.1.0-42[^]*\+6.1.0-40/)
  emulator.type('d')
  await emulator.shows(/▶ 1 machine {2}exit 3 {2}db-0001$\n {2}6.1.0-40$/m)
  emulator.type('jj\r')
  await emulator.shows(/▼ 1 machine {2}offline since 14:00 {2}db-0002\n {2}db-0002$/m)
  emulator.type('k')
  emulator.type('y')
  await emulator.shows(/copied: the answer of 1 machine/)
  await quit()
})

void t.test(
  'an answer that is not here is fetched when it is looked at; hostile output stays text',
  async (t) => {
    const { emulator, run, quit } = await start()
    run.play([{ names: NAMES, text: 'elsewhere' }])
    await emulator.shows(/\(not here: Enter fetches it\)/)
    emulator.type('\r')
    await emulator.shows(/^ {2}fetched$/m)
    const before = emulator.written.length
    run.play([{ names: ['\x1b]0;x\x07evil'], text: '\x1b]52;c;eA==\x07a\u202eb\r\n' }])
    await emulator.shows(/a·b/)
    t.notMatch(emulator.written.slice(before), /\x1b\]|\u202e/)
    await quit()
  },
)

void t.test(
  'where it failed it is asked again, of those machines only; the odd ones become the marked',
  async (t) => {
    const { emulator, runs, run, quit } = await start()
    run.play([{ names: NAMES, text: 'same\n' }], true)
    emulator.type('fo')
    await emulator.shows(/Nowhere has it failed|No machine has answered otherwise/)
    run.play(ANSWERS, true)
    await emulator.shows(/offline since/)
    emulator.type('f')
    await emulator.shows(/run on 2 machines[^]* db-\[0001-0002\]$[^]*\$ uname -r/m)
    emulator.type('\r')
    await until(() => runs.begun.length === 2, 'a second run')
    t.strictSame(
      runs.last.machines.map(({ name }) => name),
      ['db-0001', 'db-0002'],
    )
    emulator.type('a')
    await emulator.shows(/run on 2 machines +not started/)
    emulator.type('\x1b')
    await emulator.shows(/run on 2 machines +2 running/)
    emulator.type('\x1b')
    await emulator.shows(/run on 1 machine +over/)
    emulator.type('o')
    await emulator.shows(/1 machine that answered otherwise: marked on the list/)
    emulator.type('\x1b')
    await emulator.shows(/● db-0001/)
    emulator.type('r')
    await emulator.shows(/on 1 machine:[^]* db-0001$/m)
    await quit()
  },
)

void t.test('Ctrl-C ends it everywhere once its number is typed; Esc leaves it running', async (t) => {
  const { emulator, runs, run, quit } = await start()
  emulator.type('\x03')
  await emulator.shows(/This ends the run on 1 machine/)
  emulator.type('\x1b')
  t.notOk(run.isStopped)
  emulator.type('\x03')
  await emulator.shows(/This ends the run on 1 machine/)
  emulator.type('1\r')
  await until(() => run.isStopped, 'it is ended')
  emulator.type('\x1b')
  await emulator.shows(/s shell/)
  emulator.type('J')
  await emulator.shows(
    /running 0\/1 +db-0001 +uname -r$[^]*of before +db-0001 +uname -r$[^]*of before +web-0001 +uptime$/m,
  )
  run.play(ANSWERS, true)
  emulator.type('\r')
  await emulator.shows(/▶ 2 machines {2}exit 0/)
  emulator.type('\x1b')
  await emulator.shows(/over, 2 failed/)
  emulator.type('G\r')
  await until(() => runs.begun.length === 2, 'one of before is followed')
  t.equal(runs.last.id, 'run-1')
  await emulator.shows(/^ \$ uptime$/m)
  emulator.type('\x1b')
  await emulator.shows(/of before/)
  await quit()
})

void t.test('the output is saved to a folder, or it is said why not', async (t) => {
  const { emulator, run, quit } = await start()
  run.play(ANSWERS, true)
  emulator.type('w/tmp/out\r')
  await emulator.shows(/1 file in \/tmp\/out/)
  t.equal(run.savedTo, '/tmp/out')
  emulator.type('w')
  await emulator.shows(/save to folder: \/tmp\/out/)
  emulator.type('\x15/nowhere\r')
  await emulator.shows(/cannot write \/nowhere/)
  emulator.type('w')
  await emulator.shows(/^save to folder/m)
  emulator.type('\x1b')
  await emulator.shows(/retry failed/)
  await quit()
})
