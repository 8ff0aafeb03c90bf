// The list of machines at work: what is live in it, its order, its filter, and what is marked.
import t from 'tap'
import { Emulator, FakeFleet, machine, SIX, startUi } from './screen-world.ts'

/** A minute of one load, a sample every two seconds. */
const minute = (cpu: (at: number) => number, more: object = {}) =>
  Array.from({ length: 30 }, (_, at) => ({ cpu: cpu(at), ...more }))

function start(columns = 80, rows = 24) {
  const emulator = new Emulator(columns, rows)
  const { fleet, ended } = startUi(SIX, { stdin: emulator.stdin, stdout: emulator.stdout })
  return { emulator, fleet, ended }
}

function tell(fleet: FakeFleet): void {
  fleet.vitals.tell(
    'id-web-0001',
    ...minute((at) => 12 + 10 * Math.sin(at / 3), { mem: 41, disk: 62, uptime: 1_040_000 }),
  )
  fleet.vitals.tell('id-web-0002', ...minute((at) => at * 3.3, { mem: 88, disk: 62, uptime: 45_000 }))
  fleet.vitals.tell('id-db-0001', ...minute((at) => 38 + (at % 5), { mem: 76, disk: 91, uptime: 18_150_000 }))
}

const NARROW = ` rconsole ● relay.example 12 ms   machines                        3 of 6 online
   NAME▲           STATE   CPU   last 60 s   MEM   DISK  UP   OS        LABELS
>  db-0001         online   42%  ⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤  76%   91%! 210d Debian 12 env=pro…
   db-0002         offline · 22 Nov                           Debian 12 env=prod
   gw-0001         killed by alice · 14:02                    Alpine 3…
   old             disconnected by bob · 2025                 Windows …
   web-0001        online   10%  ⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀  41%   62%  12d  Debian 12 env=prod
   web-0002        online   96%! ⣀⣀⣀⣀⣠⣤⣤⣶⣶⣶⣿  88%   62%  12h  Debian 12 env=prod`

void t.test('each row in view has its load and its last minute', async (t) => {
  const { emulator, fleet, ended } = start()
  await emulator.shows(/q quit/)
  tell(fleet)
  await emulator.shows(/web-0002 .*96%! ⣀/)
  t.equal(emulator.text.split('\n').slice(0, 8).join('\n'), NARROW)
  t.same(fleet.vitals.watched.length, 6, 'what is in view is followed')
  emulator.type('?')
  await emulator.shows(/MACHINES/)
  t.same(fleet.vitals.watched, [], 'and nothing once another page is seen')
  emulator.type('\x1b')
  await emulator.shows(/q quit/)
  t.same(fleet.vitals.watched.length, 6)
  emulator.resize(60, 12)
  await emulator.shows(/NAME▲ +STATE +CPU +last 60 s +MEM +DISK +UP$/m)
  emulator.type('q')
  t.equal(await ended, 0)
})

void t.test('only the rows in view are followed, also while one scrolls', async (t) => {
  const { emulator, fleet, ended } = startUi(SIX)
  fleet.set(Array.from({ length: 10_000 }, (_, at) => machine(`m-${at}`)))
  await emulator.shows(/m-19 /)
  t.same(
    fleet.vitals.watched,
    Array.from({ length: 20 }, (_, at) => `id-m-${at}`),
  )
  emulator.type('G')
  await emulator.shows(/^> {2}m-9999/m)
  t.same(fleet.vitals.watched.at(0), 'id-m-9980')
  t.same(fleet.vitals.watched.length, 20)
  emulator.type('q')
  t.equal(await ended, 0)
})

void t.test(
  'o sorts by the next column, O the other way round, and a click on a title by that',
  async (t) => {
    const { emulator, fleet, ended } = start(160, 12)
    await emulator.shows(/q quit/)
    tell(fleet)
    const names = (): string[] =>
      emulator.text
        .split('\n')
        .slice(2, 8)
        .map((line) => line.slice(3).split(' ')[0] ?? '')
    emulator.type('oo')
    await emulator.shows(/CPU▼/)
    t.same(
      names(),
      ['web-0002', 'db-0001', 'web-0001', 'db-0002', 'gw-0001', 'old'],
      'the busiest first, the unknown last',
    )
    t.same(fleet.vitals.surveyed.length, 3, 'all that are there are asked, also out of view')
    emulator.type('O')
    await emulator.shows(/CPU▲/)
    t.same(names().slice(0, 4), ['web-0001', 'db-0001', 'web-0002', 'db-0002'])
    emulator.type('\x1b[<0;6;2M\x1b[<0;6;2m')
    await emulator.shows(/NAME▲/)
    emulator.type('O')
    await emulator.shows(/NAME▼/)
    t.equal(names()[0], 'web-0002')
    emulator.type('q')
    t.equal(await ended, 0)
  },
)

void t.test('names are in the order that a person expects', async (t) => {
  const { emulator, ended } = startUi(['web-10', 'web-2', 'Web-1'].map((name) => machine(name)))
  await emulator.shows(/Web-1 [^]*web-2 [^]*web-10 /)
  emulator.type('q')
  t.equal(await ended, 0)
})

void t.test('a filter takes conditions; machines that it needs are asked; it stays in sight', async (t) => {
  const { emulator, fleet, ended } = startUi(SIX)
  await emulator.shows(/q quit/)
  emulator.type('/')
  await emulator.shows(/^\/ {2}such as {2}web {2}!old/m)
  tell(fleet)
  emulator.type('web mem>80')
  await emulator.shows(/machines › web mem>80 +1 shown/)
  t.match(emulator.text, /web-0002/)
  t.same(fleet.vitals.surveyed, ['id-web-0001', 'id-web-0002'], 'those that the other words leave')
  fleet.vitals.asking = 812
  emulator.type('\r')
  await emulator.shows(/^ asking 812 more machines how busy they are …$/m)
  emulator.type('/\x15name~[\r')
  await emulator.shows(/^ ~: "\[" is not a regular expression$/m)
  t.same(fleet.vitals.surveyed, [], 'nobody is asked any more')
  emulator.type('/\x15state=killed\r')
  await emulator.shows(/1 shown/)
  t.match(emulator.text, /^> {2}gw-0001/m)
  emulator.type('q')
  t.equal(await ended, 0)
})

void t.test('rows are marked one by one, as a range, all, none, and the others instead', async (t) => {
  const { emulator, ended } = startUi(SIX)
  await emulator.shows(/q quit/)
  const marked = (): string[] => [...emulator.text.matchAll(/^[> ]● (\S+)/gm)].map(([, name = '']) => name)
  emulator.type('j ')
  await emulator.shows(/1 marked · 3 of 6 online/)
  t.same(marked(), ['db-0002'])
  emulator.type('vjj')
  await emulator.shows(/4 marked/)
  await emulator.shows(/Marking a range/)
  emulator.type('k')
  await emulator.shows(/3 marked/)
  t.same(marked(), ['db-0002', 'gw-0001', 'old'])
  emulator.type('vG')
  await emulator.shows(/^> {2}web-0002/m)
  t.same(marked().length, 3, 'the range has ended')
  emulator.type('*')
  await emulator.shows(/^ ● db-0001/m)
  t.same(marked(), ['db-0001', 'web-0001', 'web-0002'])
  emulator.type('gvj')
  await emulator.shows(/4 marked/)
  emulator.type('\x1b')
  await emulator.shows(/3 marked/)
  t.same(marked(), ['db-0001', 'web-0001', 'web-0002'], 'Esc gives up the range only')
  emulator.type('/web\ra')
  await emulator.shows(/3 marked · 2 shown/)
  emulator.type('\x1b')
  await emulator.shows(/› web +2 shown/)
  emulator.type('\x1b')
  await emulator.shows(/machines +3 of 6 online/)
  emulator.type('a')
  await emulator.shows(/6 marked/)
  emulator.type('A')
  await emulator.shows(/machines +3 of 6 online/)
  emulator.type('q')
  t.equal(await ended, 0)
})

void t.test('z holds the list still, and what is typed still counts', async (t) => {
  const { emulator, fleet, ended } = startUi(SIX)
  await emulator.shows(/q quit/)
  tell(fleet)
  await emulator.shows(/96%!/)
  emulator.type('z')
  await emulator.shows(/paused · 3 of 6 online/)
  fleet.vitals.tell('id-web-0002', { cpu: 1 })
  fleet.set([machine('aaa'), ...SIX])
  emulator.type('/web-0002\r')
  await emulator.shows(/1 shown/)
  t.match(emulator.text, /web-0002 .*96%!/)
  emulator.type('\x1b')
  await emulator.shows(/paused · 3 of 6/)
  emulator.type('z')
  await emulator.shows(/aaa[^]*web-0002 +online +1%/)
  t.notMatch(emulator.text, /paused/)
  emulator.type('q')
  t.equal(await ended, 0)
})

void t.test('w chooses the columns', async (t) => {
  const { emulator, ended } = startUi(SIX)
  await emulator.shows(/q quit/)
  emulator.type('w')
  await emulator.shows(/│ ● CPU +│[^]*│ {3}SINCE +│/)
  emulator.type(' jj ')
  await emulator.shows(/│ {3}CPU +│/)
  emulator.type('jjjjjjjj ')
  await emulator.shows(/│ ● SINCE +│/)
  t.match(emulator.text, /│ ● NAME/, 'a list without names is of no use')
  emulator.type('w')
  await emulator.shows(/NAME▲ +STATE +last 60 s +MEM +DISK +UP +OS +LABELS$/m)
  emulator.type('q')
  t.equal(await ended, 0)
})

void t.test('a machine that comes back from being frozen, refused or copied says why', async (t) => {
  const { emulator, ended } = startUi([
    machine('a', { state: 'frozen', by: 'alice' }),
    machine('b', { state: 'pending' }),
    machine('c', { state: 'refused', by: 'its token was closed' }),
    machine('d', { state: 'duplicate', by: '2 agents use its key' }),
  ])
  await emulator.shows(/^ a: frozen by alice since 14:00 \(1 h\)/m)
  t.match(emulator.text, /a +frozen +–[^]*b +pending · 14:00[^]*c +refused by its token was closed/)
  emulator.type('q')
  t.equal(await ended, 0)
})
