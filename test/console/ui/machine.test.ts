// The page of one machine: its charts and lists, what is asked for them and when, and a signal to a process.
import t from 'tap'
import { Emulator, SIX, startUi } from './screen-world.ts'

function start(columns = 80, rows = 24) {
  const emulator = new Emulator(columns, rows)
  const ui = startUi(SIX, { stdin: emulator.stdin, stdout: emulator.stdout })
  return { ...ui, emulator }
}

async function leave({
  emulator,
  ended,
}: Pick<ReturnType<typeof start>, 'emulator' | 'ended'>): Promise<unknown> {
  emulator.type('q')
  await emulator.shows(/q quit/)
  emulator.type('q')
  return await ended
}

const NARROW = ` rconsole ● relay.example 12 ms   machines › db-0001               live · 1 min
 1 Overview  2 Processes  3 Disks  4 Network  5 Services  6 Info
 CPU 63%  8 cores  load 3.1 2.8 2.2    │ MEM 12.1 GiB of 16.0 GiB 76%
      ⣀⣀⣀⣀⣀⣀⣀⣀⡀                      ⢀⣀│  ⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶
  ⣶⣾⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣶⣶⣦⣤⣤⣄⣀⣀⣀⣀⣀⣀⣀⣀⣤⣤⣴⣶⣿⣿⣿⣿│ swap 204.8 MiB of 4.0 GiB  available …
 DISK  r 12.0 MiB/s  w 48.0 MiB/s  31%…│ NET  ▼ 3.1 MiB/s  ▲ 11.8 MiB/s
  ⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿│  ⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿
───────────────────────────────────────┴────────────────────────────────────────
  PID     USER             S  CPU%▼  MEM       THR  AGE    COMMAND
> 812     postgres         S   31.0    6.4 GiB 4    1 d    postgres: writer
  1290    postgres         S    4.1  352.0 MiB 4    1 d    postgres: wal sender
  441     root             S    0.7   58.0 MiB 4    1 d    ragent
  2       root             S    0.0        0 B 4    1 d    [kthreadd]
${'\n'.repeat(6)}
 / 91% ██████████▉· 1.8 TiB of 2.0 TiB   /boot 22% ██▋········· 112.0 MiB of 51…
 Debian GNU/Linux 12 · 6.1.0-42-amd64 · EPYC 7713 · up 210 days · 10.0.4.11 · a…
 4 processes
 s shell  r run  ] Tab next  x signal  / filter  Esc back  : command  ? help`

void t.test('Enter shows what a machine does, for as long as one looks', async (t) => {
  const ui = start()
  const { emulator, insides } = ui
  await emulator.shows(/q quit/)
  emulator.type('\r')
  await emulator.shows(/postgres: writer[^]*EPYC/)
  t.equal(emulator.text, NARROW)
  t.same(insides.opened, { metrics: 1, processes: 1 })
  emulator.type('?')
  await emulator.shows(/MACHINES/)
  t.same(insides.opened, { metrics: 0, processes: 0 }, 'nobody looks, nothing is asked')
  emulator.type('q')
  await emulator.shows(/CPU 63%/)
  emulator.type('++')
  await emulator.shows(/live · 15 min/)
  emulator.type('z')
  await emulator.shows(/paused · 15 min/)
  t.same(insides.opened, { metrics: 0, processes: 0 })
  t.match(emulator.text, /CPU 63%/, 'what is shown stays')
  emulator.type('z')
  t.equal(await leave(ui), 0)
  t.same(insides.opened, { metrics: 0, processes: 0 })
})

void t.test('a wide screen has a bar for each core and the filesystems beside the charts', async (t) => {
  const ui = start(160, 45)
  await ui.emulator.shows(/q quit/)
  ui.emulator.type('\r')
  await ui.emulator.shows(/ {2}3 █{14}· /)
  t.match(ui.emulator.text, /^ \/boot 22% █+▋·+ 112.0 MiB of 512.0 MiB +│$/m)
  t.match(ui.emulator.text, /10\.0\.4\.11 · agent 0\.1\.0 · policy diagnose$/m)
  t.equal(await leave(ui), 0)
})

void t.test('each tab has its list, by number, by ] and [, and by a click', async (t) => {
  const ui = start(120, 24)
  const { emulator } = ui
  await emulator.shows(/q quit/)
  emulator.type('\r3')
  await emulator.shows(/MOUNT +USE▼[^]*> \/ +91%! +1\.8 TiB +190\.0 GiB +2\.0 TiB +ext4 +\/dev\/vda1/)
  emulator.type(']')
  await emulator.shows(/tcp +LISTEN +0\.0\.0\.0:5432 +0\.0\.0\.0:\* +postgres +postgres \(812\)/)
  t.match(emulator.text, /ESTAB +0\.0\.0\.0:5432 +\[2001:db8::7\]:41022/)
  emulator.type('\x1b[<0;52;2M\x1b[<0;52;2m')
  await emulator.shows(/backup\.service +failed +failed +loaded +·\[2JBackup·/)
  emulator.type('6')
  await emulator.shows(/host name +db-0001\.internal[^]*14:02 +done 0 +systemctl reload nginx/)
  emulator.type('[[[[')
  await emulator.shows(/> 812 +postgres/)
  emulator.type('Y')
  await emulator.shows(/copied: rconsole ps db-0001/)
  t.equal(await leave(ui), 0)
})

void t.test('processes are sorted and filtered where they run', async (t) => {
  const ui = start()
  const { emulator, insides } = ui
  await emulator.shows(/q quit/)
  emulator.type('\r2')
  await emulator.shows(/> 812/)
  emulator.type('o')
  await emulator.shows(/MEM▼/)
  emulator.type('/wal !root')
  await emulator.shows(/› wal !root +1 · live/)
  await emulator.shows(/^> 1290/m)
  t.notMatch(emulator.text, /ragent/)
  t.same(insides.asked.at(-1), { sort: 'memory', filter: 'wal' })
  t.ok(insides.asked.length < 10, 'not a question for each letter')
  emulator.type('\r')
  await emulator.shows(/Tab next/)
  emulator.type('\x1b')
  await emulator.shows(/ragent/)
  t.equal(await leave(ui), 0)
})

void t.test('a signal goes to the process whose number is typed', async (t) => {
  const ui = start()
  const { emulator, insides } = ui
  await emulator.shows(/q quit/)
  emulator.type('\r3')
  await emulator.shows(/MOUNT/)
  emulator.type('x')
  await emulator.shows(/Signals go to processes/)
  emulator.type('2')
  await emulator.shows(/> 812/)
  emulator.type('x')
  await emulator.shows(/TERM goes to process 812 \(postgres\) of postgres on db-0001/)
  emulator.type('81\r')
  await emulator.shows(/TERM goes/)
  t.same(insides.signals, [], 'not before it is typed')
  emulator.type('2\r')
  await emulator.shows(/db-0001: TERM sent to 812 \(postgres\)/)
  t.same(insides.signals, ['TERM 812'])
  t.equal(await leave(ui), 0)
})

void t.test(
  'a machine that is not there is asked nothing, and shows its state; it comes back by itself',
  async (t) => {
    const ui = start()
    const { emulator, fleet, insides } = ui
    await emulator.shows(/q quit/)
    emulator.type('j\r')
    await emulator.shows(/It is not connected: there is nobody to ask/)
    t.match(emulator.text, /db-0002 is offline since 22 Nov: what is shown is what was last known/)
    t.same(insides.asked, [])
    fleet.set(SIX.map((row) => (row.name === 'db-0002' ? { ...row, state: 'online' } : row)))
    await emulator.shows(/CPU 63%[^]*postgres: writer/)
    t.equal(await leave(ui), 0)
  },
)

void t.test('what cannot be read says why, in place of the list', async (t) => {
  const ui = start()
  const { emulator, insides } = ui
  insides.failure = 'db-0001 refuses processes: its owner’s policy says no'
  await emulator.shows(/q quit/)
  emulator.type('\r2')
  await emulator.shows(/^ {2}db-0001 refuses processes: its owner’s policy says no$/m)
  insides.failure = ''
  emulator.type('u')
  await emulator.shows(/> 812/)
  t.equal(await leave(ui), 0)
})

void t.test('K means the agent, and s and r this machine, also on its page', async (t) => {
  const { emulator, shells, ended } = startUi(SIX)
  await emulator.shows(/Enter open/)
  emulator.type('\r')
  await emulator.shows(/\] Tab next/)
  emulator.type('K')
  await emulator.shows(/The agent ends, and all that it runs/)
  emulator.type('\x1b')
  await emulator.shows(/\] Tab next/)
  emulator.type('r')
  await emulator.shows(/run on 1 machine /)
  emulator.type('\x1b')
  await emulator.shows(/\] Tab next/)
  emulator.type('s')
  await emulator.shows(/\[1 db-0001\]/)
  emulator.type('\x1dq')
  await emulator.shows(/\] Tab next/)
  emulator.type('qq')
  t.equal(await ended, 0)
  t.equal(shells.opened[0]?.machineId, 'id-db-0001')
})
