// What is the same on every page: the palette, notices, questions, themes, the mouse at the foot, the command of a page.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { SettingsFile } from '../../../console/ui-settings.ts'
import { SettingsInMemory } from '../../../console/ui/settings.ts'
import { until } from '../../until.ts'
import { machine, SIX, startUi } from './screen-world.ts'

type Started = ReturnType<typeof startUi>

/** Leave, from whatever page. */
async function quit({ emulator, ended }: Started): Promise<number> {
  emulator.type('\x1b')
  await emulator.shows(/q (?:quit|back)|Enter/)
  emulator.type('\x03\x03\x03\x03')
  return await ended
}

t.test('the palette completes names and machines, and Enter does what is chosen', async (t) => {
  const ui = startUi(SIX)
  const { emulator } = ui
  await emulator.shows(/q quit/)
  emulator.type(':')
  await emulator.shows(/^:$/m)
  t.match(emulator.text, /^ {2}history \[MACHINE\] +what was done/m)
  emulator.type('rang')
  await emulator.shows(/^> range .*mark a range.*\(v\)/m)
  emulator.type('\x15')
  emulator.type('dis')
  await emulator.shows(/^> disconnect \[MACHINE\] /m)
  emulator.type('\tdb')
  await emulator.shows(/^> db-0001\n {2}db-0002\n:disconnect db/m)
  emulator.type('\x1b[B\r')
  await emulator.shows(/disconnect db-0002/)
  emulator.type('db-0002\r')
  await emulator.shows(/db-0002: frozen by alice/)
  t.strictSame(ui.deeds.orders, ['disconnect id-db-0002'])
  emulator.type(':nosuch\r')
  await emulator.shows(/There is no command nosuch/)
  emulator.type('\x15kill nobody\r')
  await emulator.shows(/No machine is called nobody/)
  emulator.type(':quit\r')
  t.equal(await ui.ended, 0)
})

t.test('the palette reaches every page, and each shows what to do while it is empty', async (t) => {
  const ui = startUi(SIX)
  const { emulator } = ui
  await emulator.shows(/q quit/)
  for (const [word, shown] of [
    ['history', /Nothing was done yet\./],
    ['tokens', /There is no token\.[^]*rconsole token new/],
    ['operators', /There is no operator\.[^]*rconsole operator add/],
    ['notices', /Nothing was said yet/],
    ['help', /WHERE A LINE IS TYPED|MACHINES/],
    ['prompt web-0001', /^web-0001>/m],
  ] as const) {
    emulator.type(`:${word}\r`)
    await emulator.shows(shown)
    emulator.type('\x1b')
    await emulator.shows(/q quit/)
  }
  t.equal(await quit(ui), 0)
})

t.test('an order asks for the name, and Enter does nothing before it is typed', async (t) => {
  const ui = startUi(SIX)
  const { emulator, deeds } = ui
  await emulator.shows(/q quit/)
  emulator.type('K')
  await emulator.shows(/┌─ kill db-0001 ─+┐/)
  t.match(emulator.text, /Type {2}db-0001 {2}to do it, or Esc:/)
  emulator.type('\r\rdb-000\r')
  await emulator.shows(/│ db-000 /)
  t.strictSame(deeds.orders, [])
  emulator.type('1\r')
  await emulator.shows(/db-0001 kill: ended 1 runs and 0 shells/)
  t.notMatch(emulator.text, /┌/)
  for (const [key, word] of [
    ['R', 'reset'],
    ['D', 'disconnect'],
    ['F', 'freeze'],
  ]) {
    emulator.type(key ?? '')
    await emulator.shows(new RegExp(`┌─ ${word} db-0001 ─+┐`))
    emulator.type('\x1b')
    await emulator.shows(/q quit/)
  }
  emulator.type('U')
  await emulator.shows(/db-0001 unfreeze/)
  t.strictSame(deeds.orders, ['kill id-db-0001', 'unfreeze id-db-0001'])
  t.equal(await quit(ui), 0)
})

t.test('a machine with a hostile name can be named in a question, and changes nothing else', async (t) => {
  const ui = startUi([machine('\x1b]52;c;eA==\x07\u202eevil')])
  const { emulator } = ui
  await emulator.shows(/q quit/)
  emulator.type('K')
  await emulator.shows(/┌─ kill ·\]52;c;eA==··evil ─+┐/)
  t.notMatch(emulator.written, /\x1b\]52|\u202e/)
  emulator.type('·]52;c;eA==··evil\r')
  await emulator.shows(/kill: ended 1 runs/)
  emulator.type('Y')
  await emulator.shows(/copied: rconsole ls/)
  t.equal(await quit(ui), 0)
})

t.test('notices come one after the other, an error waits for a key, and the page has them all', async (t) => {
  const ui = startUi(SIX)
  const { emulator } = ui
  await emulator.shows(/q quit/)
  emulator.type(':set web\r:set all\r:unfreeze web-0002\r')
  await emulator.shows(/@web now means db-0001|cannot name a set|frozen by alice/)
  emulator.type('g')
  emulator.type('!')
  await emulator.shows(/notices .* 3$/m)
  t.match(
    emulator.text,
    /15:00:00 web-0002: frozen by alice\n[^\n]*cannot name a set\n[^\n]*@web now means db-0001/,
  )
  t.strictSame(ui.deeds.sets, ['web: db-0001'])
  t.equal(await quit(ui), 0)
})

t.test('read-only: what changes a machine is refused with a word', async (t) => {
  const ui = startUi(SIX, { isReadOnly: true })
  const { emulator } = ui
  await emulator.shows(/read-only · 3 of 6 online/)
  for (const keys of ['K', ':kill web-0001\r', ':freeze\r', 'U', 'pid\r']) {
    emulator.type(keys)
    await emulator.shows(/This console is read-only/)
    t.notMatch(emulator.text, /┌/)
    emulator.type('g')
    await until(() => !emulator.text.includes('This console'), 'the word is gone')
  }
  t.strictSame(ui.deeds.orders, [])
  t.strictSame(ui.prompt.lines, [])
  t.equal(await quit(ui), 0)
})

t.test('T goes through the themes, and the last one is kept', async (t) => {
  const settings = new SettingsInMemory()
  const ui = startUi(SIX, { settings })
  const { emulator } = ui
  await emulator.shows(/q quit/)
  t.match(emulator.written, /38;5;114/, 'dark')
  emulator.type('T')
  await emulator.shows(/theme light/)
  t.match(emulator.written, /38;5;28m/)
  emulator.type(':theme 16\r')
  await emulator.shows(/theme 16/)
  t.same(settings.values, { theme: '16' })
  t.equal(await quit(ui), 0)
  const again = startUi(SIX, { settings })
  await again.emulator.shows(/q quit/)
  t.notMatch(again.emulator.written, /[34]8;5/)
  t.equal(await quit(again), 0)
  const plain = startUi(SIX, { settings, env: { TERM: 'xterm', NO_COLOR: '1' } })
  await plain.emulator.shows(/q quit/)
  plain.emulator.type('T')
  await plain.emulator.shows(/NO_COLOR is set/)
  t.notMatch(plain.emulator.written, /\x1b\[0;(?:\d+;)*[349]\d/)
  t.equal(await quit(plain), 0)
})

t.test(
  'settings are a file of the console’s folder, and a damaged one is as if there were none',
  async (t) => {
    const folder = t.testdir({})
    new SettingsFile(folder).keep({ theme: 'light', columns: ['name'] })
    new SettingsFile(folder).keep({ readOnly: true })
    t.same(new SettingsFile(folder).values, { theme: 'light', columns: ['name'], readOnly: true })
    const damaged = t.testdir({ 'ui.json': '{"theme": 5, "columns": ["os"], "more": 1}' })
    t.match(readFileSync(join(damaged, 'ui.json'), 'utf8'), 'theme')
    t.same(new SettingsFile(t.testdir({ 'ui.json': '{"the' })).values, {})
    new SettingsFile(undefined).keep({ theme: 'light' })
  },
)

t.test('a click on a word at the foot is its key', async (t) => {
  const ui = startUi(SIX)
  const { emulator } = ui
  await emulator.shows(/q quit/)
  const foot = emulator.line(23)
  emulator.type(`\x1b[<0;${foot.indexOf('? help') + 2};24M`)
  await emulator.shows(/Esc close/)
  emulator.type('\x1b[<0;3;24M')
  await emulator.shows(/q quit/)
  emulator.type(`\x1b[<0;${foot.indexOf('q quit') + 2};24M`)
  t.equal(await ui.ended, 0)
})

t.test('Y copies the command that does the same, quoted for a shell', async (t) => {
  const ui = startUi([machine("a'b c")])
  const { emulator } = ui
  await emulator.shows(/q quit/)
  emulator.type('Y')
  await emulator.shows(/copied: rconsole ls$/m)
  emulator.type(':prompt\r')
  await emulator.shows(/^a'b c>/m)
  emulator.type(':command')
  await emulator.shows(/^a'b c> :command/m)
  emulator.type('\x1b')
  await emulator.shows(/q quit/)
  emulator.type('H')
  await emulator.shows(/Nothing was done/)
  emulator.type('Y')
  await emulator.shows(/copied: rconsole history 'a'.*b c'$/m)
  const copied = [...emulator.written.matchAll(/\x1b\]52;c;([^\x07]*)\x07/g)].map(([, text = '']) =>
    Buffer.from(text, 'base64').toString(),
  )
  t.strictSame(copied, ['rconsole ls', String.raw`rconsole history 'a'\''b c'`])
  t.equal(await quit(ui), 0)
})

t.test('an order on many machines asks for their number, and says how many did it', async (t) => {
  const ui = startUi(Array.from({ length: 100 }, (_, at) => machine(`m-${100 + at}`)))
  const { emulator, deeds } = ui
  await emulator.shows(/q quit/)
  emulator.type('aR')
  await emulator.shows(/─ reset 100 machines ─[^]*m-119 and 80 more/)
  emulator.type('m-100\r10\r')
  await emulator.shows(/│ m-10010 /)
  t.strictSame(deeds.orders, [])
  emulator.type('\x15100\r')
  await emulator.shows(/m-102: frozen by alice {3}\(10 more: !\)/)
  t.equal(deeds.orders.length, 100)
  emulator.type('!')
  await emulator.shows(/reset: done on 90 of 100 machines\./)
  t.equal(await quit(ui), 0)
})

t.test(
  'whatever is open, a terminal of 20x5 says what is needed, and a larger one shows it again',
  async (t) => {
    const ui = startUi(SIX)
    const { emulator } = ui
    await emulator.shows(/q quit/)
    for (const [keys, shown] of [
      ['K', /Type {2}db-0001/],
      [':dis', /^> disconnect/m],
      [':history\r', /Nothing was done/],
      [':help\r', /MACHINES/],
      [':prompt web-0001\r', /^web-0001>/m],
    ] as const) {
      emulator.type(keys)
      await emulator.shows(shown)
      const before = emulator.text
      emulator.resize(20, 5)
      await emulator.shows(/^rconsole needs 60x12\n, this is 20x5\n*$/)
      emulator.resize(200, 60)
      await emulator.shows(shown)
      emulator.resize(80, 24)
      await until(() => emulator.text === before, `as before: ${keys}`)
      emulator.type('\x1b')
      await emulator.shows(/q quit/)
    }
    t.equal(await quit(ui), 0)
  },
)

t.test('on the page of a machine K means its agent, whatever else is killed there', async (t) => {
  const ui = startUi(SIX)
  const { emulator, deeds } = ui
  await emulator.shows(/q quit/)
  emulator.type('\r2')
  await emulator.shows(/machines › db-0001/)
  emulator.type('K')
  await emulator.shows(/─ kill db-0001 ─[^]*The agent ends/)
  emulator.type('db-0001\r')
  await emulator.shows(/db-0001 kill: ended/)
  t.strictSame(deeds.orders, ['kill id-db-0001'])
  emulator.type('\x1b')
  await emulator.shows(/q quit/)
  t.equal(await quit(ui), 0)
})
