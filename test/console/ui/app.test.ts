// The UI through the door of its user: keys in, and what a terminal shows.
import t from 'tap'
import { namedKeys } from '../../../console/ui/keys.ts'
import { RconsoleError } from '../../../protocol/errors.ts'
import { until } from '../../until.ts'
import { Emulator, machine, SIX, startUi } from './screen-world.ts'

const LIST = ` rconsole ● relay.example 12 ms   machines                        3 of 6 online
   NAME▲           STATE   CPU   last 60 s   MEM   DISK  UP   OS        LABELS
>  db-0001         online    –                 –     –   –    Debian 12 env=pro…
   db-0002         offline · 22 Nov                           Debian 12 env=prod
   gw-0001         killed by alice · 14:02                    Alpine 3…
   old             disconnected by bob · 2025                 Windows …
   web-0001        online    –                 –     –   –    Debian 12 env=prod
   web-0002        online    –                 –     –   –    Debian 12 env=prod
${'\n'.repeat(13)}
 db-0001: online since 14:00 (1 h) · policy diagnose · 0.1.0
 Enter open  Space mark  / filter  s shell  r run  : command  ? help  q quit`

void t.test('the list shows each machine, and its state in words', async (t) => {
  const { emulator, fleet, ended } = startUi(SIX)
  await emulator.shows(/q quit/)
  t.equal(emulator.text, LIST)
  emulator.type('jj')
  await emulator.shows(/^ gw-0001: killed by alice since 14:02 \(58 min\) · policy full · 0.1.0$/m)
  emulator.type('G')
  await emulator.shows(/^>  web-0002/m)
  emulator.type('gj\x1b[B\x1b[A')
  await emulator.shows(/^>  db-0002/m)
  fleet.relay = { url: 'https://relay.example', up: false }
  fleet.set(SIX.map((row) => (row.name === 'db-0002' ? { ...row, state: 'online' } : row)))
  await emulator.shows(/○ relay.example unreachable .* 4 of 6 online/)
  emulator.type('q')
  t.equal(await ended, 0)
  t.equal(fleet.listeners, 0, 'nobody listens to the fleet any more')
})

void t.test('the selection follows its machine, and nothing is written when nothing changes', async (t) => {
  const { emulator, fleet, ended } = startUi(SIX)
  await emulator.shows(/q quit/)
  emulator.type('G')
  await emulator.shows(/^>  web-0002/m)
  fleet.set([machine('aaa'), ...SIX])
  await emulator.shows(/^ {3}aaa/m)
  t.match(emulator.text, /^>  web-0002/m)
  const { writes } = emulator
  fleet.set([...fleet.machines])
  emulator.type('G')
  emulator.type('\x03')
  t.equal(await ended, 0)
  t.ok(emulator.writes - writes <= 2, 'only what restores the terminal was written')
})

void t.test('a thousand changes at once are one or two frames', async (t) => {
  const { emulator, fleet, ended } = startUi(SIX)
  await emulator.shows(/q quit/)
  const { writes } = emulator
  for (let count = 1; count <= 1000; count++) fleet.set([machine(`burst-${count}`)])
  await emulator.shows(/^>  burst-1000/m)
  t.ok(emulator.writes - writes <= 2, `${emulator.writes - writes} writes`)
  emulator.type('q')
  t.equal(await ended, 0)
})

void t.test('a key whose bytes come one by one is one key', async (t) => {
  const { emulator, ended } = startUi(SIX)
  await emulator.shows(/q quit/)
  emulator.type('/o\r')
  await emulator.shows(/machines › o /)
  for (const byte of '\x1b[B\x1bOB') emulator.type(byte)
  await emulator.shows(/^ old: disconnected by bob since \d+ Oct 2025 15:00 \(400 days\)/m)
  t.match(emulator.text, /machines › o /, 'no Esc was seen')
  emulator.type('q')
  t.equal(await ended, 0)
})

void t.test('the mouse selects and opens, and the wheel moves', async (t) => {
  const { emulator, ended } = startUi(SIX)
  await emulator.shows(/q quit/)
  emulator.type('\x1b[<65;5;5M\x1b[<0;10;5M\x1b[<0;10;5m')
  await emulator.shows(/^>  gw-0001/m)
  emulator.type('\x1b[<0;10;5M\x1b[<0;10;5m')
  await emulator.shows(/machines › gw-0001/)
  emulator.type('\x1b')
  await emulator.shows(/q quit/)
  emulator.type('q')
  t.equal(await ended, 0)
})

void t.test('the filter takes words, and Esc takes one step back', async (t) => {
  const { emulator, ended } = startUi(SIX)
  await emulator.shows(/q quit/)
  emulator.type('/prod !WEB')
  await emulator.shows(/^\/prod !WEB/m)
  await emulator.shows(/2 shown · 3 of 6 online/)
  t.notMatch(emulator.text, /web-0001/)
  emulator.type('\r')
  await emulator.shows(/machines › prod !WEB .*\n[^]*Enter open/)
  emulator.type('/\x15zzz\r')
  await emulator.shows(/No machine matches. Esc clears the filter./)
  emulator.type('\x1b')
  await emulator.shows(/web-0002/)
  emulator.type('q')
  t.equal(await ended, 0)
})

void t.test('the help names every visible key', async (t) => {
  const { emulator, ended } = startUi(SIX)
  await emulator.shows(/q quit/)
  emulator.resize(80, 200)
  emulator.type('?')
  await emulator.shows(/MACHINES[^]*EVERYWHERE[^]*back to the page before/)
  const lines = emulator.text.split('\n')
  for (const { label, description } of namedKeys()) {
    const row = lines.some((line) => line.includes(` ${label} `) && line.includes(description))
    t.ok(row, `${label}: ${description}`)
  }
  emulator.type('\x1b')
  await emulator.shows(/web-0001/)
  emulator.type('q')
  t.equal(await ended, 0)
})

void t.test('a line runs on the machine, its output is shown clean, and Esc goes back', async (t) => {
  const { emulator, prompt, ended } = startUi(SIX)
  await emulator.shows(/q quit/)
  emulator.type('p')
  await emulator.shows(/machines › db-0001 .* online/)
  emulator.type('hostile\r')
  await emulator.shows(/^the end$/m)
  t.match(emulator.text, /^> hostile\nyou said hostile\n␛\]52;c;eA==␇␛\[2J·drow\n100%\nthe end$/m)
  emulator.type('fail\r')
  await emulator.shows(/^no such shell: pwsh$/m)
  emulator.type('\x1b[A\x1b[A')
  await emulator.shows(/^db-0001> hostile/m)
  emulator.type('\x15echo aé🐢\x1b[D\x7fb\r')
  await emulator.shows(/^you said echo ab🐢$/m)
  emulator.type('many\r')
  await emulator.shows(/^line 99$/m)
  emulator.type('\x1b[5~')
  await emulator.shows(/^line 70$/m)
  emulator.type('CLEAR\r')
  await emulator.shows(/online\n\n/)
  emulator.type('\x1b')
  await emulator.shows(/q quit/)
  t.equal(prompt.isClosed, false, 'its session lives on')
  emulator.type('q')
  t.equal(await ended, 0)
  t.equal(prompt.isClosed, true)
  t.same(prompt.lines, ['hostile', 'fail', 'echo ab🐢', 'many'])
})

void t.test('Ctrl-C cancels what runs, then goes back', async (t) => {
  const { emulator, ended } = startUi(SIX)
  await emulator.shows(/q quit/)
  emulator.type('pwait\r')
  await emulator.shows(/running · online/)
  emulator.type('next\r')
  await emulator.shows(/A line is running. Ctrl-C cancels it./)
  emulator.type('\x03')
  await emulator.shows(/^cancelled$/m)
  emulator.type('\x03')
  await emulator.shows(/q quit/)
  emulator.type('\x03')
  t.equal(await ended, 0)
})

void t.test('a paste is text: it runs nothing, even when its marks come in pieces', async (t) => {
  const { emulator, prompt, ended } = startUi(SIX)
  await emulator.shows(/q quit/)
  emulator.type('\x1b[200~q\r\x03\x1b[201~')
  await emulator.shows(/A paste is text/)
  emulator.type('p')
  await emulator.shows(/^db-0001>/m)
  emulator.type('\x1b[20')
  emulator.type('0~rm -rf /\nboo\r\x1b[2')
  emulator.type('01~')
  await emulator.shows(/^db-0001> rm -rf \/ boo$/m)
  emulator.type(`\x15\x1b[200~${'x'.repeat(100_000)}`)
  emulator.type('y'.repeat(100_000))
  emulator.type('\x1b[201~\x01\x1b[3~a')
  await emulator.shows(/^db-0001> ax{40}/m)
  t.same(prompt.lines, [])
  emulator.type('\x1b')
  await emulator.shows(/q quit/)
  emulator.type('q')
  t.equal(await ended, 0)
})

void t.test('a small terminal says what is needed, and a large one shows the list again', async (t) => {
  const { emulator, ended } = startUi(SIX)
  await emulator.shows(/q quit/)
  emulator.resize(40, 5)
  await emulator.shows(/^rconsole needs 60x12, this is 40x5\n*$/)
  emulator.resize(20, 5)
  await emulator.shows(/^rconsole needs 60x12\n, this is 20x5\n*$/)
  emulator.resize(80, 24)
  await emulator.shows(/q quit/)
  t.equal(emulator.text, LIST)
  emulator.type('q')
  t.equal(await ended, 0)
})

void t.test('the first run shows what to do, and becomes the list by itself', async (t) => {
  const { emulator, fleet, ended } = startUi([])
  await emulator.shows(/No machine has joined/)
  t.match(emulator.text, `\n      ${fleet.joinHint}\n`)
  fleet.set(SIX.slice(0, 1))
  await emulator.shows(/^>  web-0001/m)
  t.notMatch(emulator.text, /No machine/)
  emulator.type('q')
  t.equal(await ended, 0)
})

void t.test('names and labels of machines cannot act on the terminal', async (t) => {
  const { emulator, ended } = startUi([
    machine('\x1b[2J\x9b1m\u202eevil', { labels: { '\x1b]0;x\x07': '{bold}' } }),
  ])
  await emulator.shows(/^>  ·\[2J·1m·evil/m)
  emulator.type('q')
  t.equal(await ended, 0)
  t.notMatch(emulator.written, /\x1b\]|\x9b|\u202e/)
})

void t.test('quitting leaves the terminal as it was', async (t) => {
  const { emulator, ended } = startUi(SIX)
  await emulator.shows(/q quit/)
  t.equal(emulator.isRaw, true)
  t.equal(emulator.terminal.buffer.active.type, 'alternate')
  t.equal(emulator.terminal.modes.bracketedPasteMode, true)
  t.equal(emulator.terminal.modes.mouseTrackingMode, 'drag')
  emulator.type('q')
  t.equal(await ended, 0)
  t.equal(emulator.isRaw, false)
  const { buffer, modes } = emulator.terminal
  t.equal(buffer.active.type, 'normal')
  t.match(modes, { bracketedPasteMode: false, mouseTrackingMode: 'none', wraparoundMode: true })
  t.match(modes, { applicationCursorKeysMode: false, applicationKeypadMode: false })
  t.ok(emulator.written.lastIndexOf('\x1b[?25h') > emulator.written.lastIndexOf('\x1b[?25l'), 'cursor shown')
  const after = emulator.written.slice(emulator.written.lastIndexOf('\x1b[?1049l'))
  t.notMatch(after, /\x1b\[[\d;]*[A-HJKr]|\x1b\[!p/, 'nothing after it moves the cursor')
})

void t.test('Ctrl-Z gives the terminal back, and the list comes again', async (t) => {
  let stops = 0
  const { emulator, ended } = startUi(SIX, { stop: () => void (stops += 1) })
  await emulator.shows(/q quit/)
  emulator.type('\x1a')
  await until(() => emulator.terminal.buffer.active.type === 'normal', 'the user’s screen')
  t.equal(stops, 1)
  await emulator.shows(/q quit/)
  t.equal(emulator.isRaw, true)
  emulator.type('q')
  t.equal(await ended, 0)
})

void t.test('a terminal that goes away ends the program like SIGHUP', async (t) => {
  const { emulator, ended } = startUi(SIX)
  await emulator.shows(/q quit/)
  emulator.stdin.end()
  t.equal(await ended, 129)
})

void t.test('NO_COLOR leaves words and weights', async (t) => {
  const env = { TERM: 'xterm-256color', NO_COLOR: '1' }
  const { emulator, ended } = startUi(SIX, { env })
  await emulator.shows(/q quit/)
  emulator.type('q')
  t.equal(await ended, 0)
  t.notMatch(emulator.written, /\x1b\[0;(?:\d+;)*[349]\d/)
})

void t.test('without a terminal it points at the subcommands', async (t) => {
  const refused = { name: 'RconsoleError', code: 'USAGE', message: /use the subcommands/ }
  await t.rejects(startUi(SIX, { env: { TERM: 'dumb' } }).ended, refused)
  const { stdin, stdout } = new Emulator()
  stdout.isTTY = false
  const error = await startUi(SIX, { stdin, stdout }).ended.catch((reason: unknown) => reason)
  t.ok(error instanceof RconsoleError)
})
