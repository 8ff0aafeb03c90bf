// Every screen at 80x24 and 160x45 as text, kept in test/fixtures/screens; README shows one. Written anew by `npx tap --snapshot` on this file.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { Emulator, machine, NOW, SIX, startUi } from './screen-world.ts'

const FOLDER = 'test/fixtures/screens'
const isWriting = process.env['TAP_SNAPSHOT'] === '1'
const MINUTE = 60_000

const KEY = 'k3Jx0PzF1tq7cU2mYb5nWv8LsD4hRgAoQeXiMjTyZu0'

const DONE = [
  ['ann', 'web-0001', 'run', 'exited 0', 'uname -r', true],
  ['ann', 'web-0002', 'run', 'exited 3', 'systemctl is-active nginx', false],
  ['bob', 'gw-0001', 'lifecycle', 'done', 'word=reset', true],
  ['eve', 'db-0001', 'shell', 'refused', 'mode diagnose', false],
] as const

const TOKENS = [
  { id: '3fa9c2e1', state: 'open', uses: 2, max: 20, by: 'ann', labels: 'env=prod', waits: false },
  { id: '09bd77c4', state: 'closed', uses: 1, max: undefined, by: 'bob', labels: '', waits: true },
]

const PEOPLE = [
  { name: 'ann', role: 'admin', scope: '', isYou: true, isRevoked: false, isToken: false },
  { name: 'bob', role: 'operator', scope: 'env=prod', isYou: false, isRevoked: false, isToken: false },
  { name: 'ci', role: 'operator', scope: 'env=dev', isYou: false, isRevoked: true, isToken: true },
]

/** What is typed on the list, and what shows that it has come. */
const SCREENS: readonly (readonly [name: string, keys: string, shown: RegExp])[] = [
  ['machines', '', /q quit/],
  ['filter', '/prod cpu>50', /^\/prod cpu>50/m],
  ['palette', ':', /^:$/m],
  ['palette-machine', ':kill we', /:kill we/],
  ['kill-one', 'K', /Type {2}db-0001/],
  ['reset-three', ' j  R', /Type {2}3 {2}to do it/],
  ['history', ':history\r', /mode diagnose/],
  ['tokens', ':tokens\r', /3fa9c2e1/],
  ['operators', ':operators\r', /ann \(you\)/],
  ['notices', ':unfreeze web-0002\r:unfreeze web-0001\r!', /notices .* 2\n/],
  ['help', '?', /MACHINES/],
  ['prompt', 'pip\r', /you said ip/],
  ['machine', '\r', /postgres: writer[^]*EPYC/],
  ['machine-network', '\r4', /2001:db8::7/],
  ['machine-info', '\r6', /addresses[^]*systemctl reload nginx/],
  ['columns', 'w', /● LABELS/],
]

for (const [columns, rows] of [
  [80, 24],
  [160, 45],
] as const) {
  t.test(`the screens at ${columns}x${rows} are those that are kept`, async (t) => {
    for (const [name, keys, shown] of SCREENS) {
      const { emulator, ended } = begin(columns, rows)
      await emulator.shows(/96%!/)
      emulator.type(keys)
      await emulator.shows(shown)
      kept(t, `${FOLDER}/${name}-${columns}x${rows}.txt`, `${emulator.text}\n`)
      emulator.stdin.end()
      await ended
    }
  })
}

t.test('with no machine there is the line that makes the first one join', async (t) => {
  const { emulator, ended } = startUi([])
  await emulator.shows(/No machine has joined/)
  kept(t, `${FOLDER}/first-run-80x24.txt`, `${emulator.text}\n`)
  emulator.stdin.end()
  await ended
})

t.test('README shows these screens', async (t) => {
  const readme = readFileSync('README.md', 'utf8')
  const made = readme.replaceAll(
    /(<!-- screen: ([\w-]+) -->\n)[^]*?(?=<!-- end -->)/g,
    (_all, mark, name) => {
      const text = readFileSync(`${FOLDER}/${name}-80x24.txt`, 'utf8').replaceAll(/\n{3,}/g, '\n\n')
      return `${mark}\n${text.replaceAll(/^(?=.)/gm, '    ')}\n`
    },
  )
  t.match(readme, '<!-- screen: machines -->')
  if (isWriting) writeFileSync('README.md', made)
  t.equal(readFileSync('README.md', 'utf8'), made)
})

function kept(
  t: { equal(one: unknown, other: unknown, why: string): unknown },
  file: string,
  text: string,
): void {
  if (isWriting) writeFileSync(file, text)
  t.equal(existsSync(file) ? readFileSync(file, 'utf8') : '', text, file)
}

function begin(columns: number, rows: number): { emulator: Emulator; ended: Promise<number> } {
  const emulator = new Emulator(columns, rows)
  const { stdin, stdout } = emulator
  const { fleet, deeds, ended } = startUi([...SIX, machine('web-0003', { state: 'frozen', by: 'ann' })], {
    stdin,
    stdout,
  })
  fleet.vitals.tell(
    'id-web-0001',
    ...minute((at) => 12 + 10 * Math.sin(at / 3), { mem: 41, disk: 62, uptime: 1_040_000 }),
  )
  fleet.vitals.tell('id-web-0002', ...minute((at) => at * 3.3, { mem: 88, disk: 62, uptime: 45_000 }))
  fleet.vitals.tell('id-db-0001', ...minute((at) => 38 + (at % 5), { mem: 76, disk: 91, uptime: 18_150_000 }))
  deeds.done = DONE.map(([operator, name, action, outcome, what, isGood], index) => {
    return {
      id: `${index}`,
      at: NOW - index * 7 * MINUTE,
      machine: name,
      operator,
      action,
      outcome,
      what,
      isGood,
    }
  })
  deeds.known = TOKENS.map((token) => ({ ...token, until: NOW + 90 * MINUTE, machines: ['web-0001'] }))
  deeds.people = PEOPLE.map((person) => ({ ...person, until: NOW + 80 * 24 * 60 * MINUTE, key: KEY }))
  return { emulator, ended }
}

/** A minute of one load, a sample every two seconds. */
function minute(cpu: (at: number) => number, more: object): { cpu: number }[] {
  return Array.from({ length: 30 }, (_, at) => ({ cpu: cpu(at), ...more }))
}
