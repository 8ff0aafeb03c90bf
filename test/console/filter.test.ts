// What someone types to narrow a list: targets, conditions and plain text, all of which must hold.
import t from 'tap'
import { type Busy, condition, type Filterable, filterOf, isCondition } from '../../console/filter.ts'

const machine = (name: string, more: Partial<Filterable> = {}): Filterable => ({
  id: name.padEnd(20, '_'),
  name,
  state: 'online',
  labels: { env: 'prod' },
  os: 'Debian 12',
  policy: 'full',
  version: '0.1.0',
  ...more,
})
const machines = [
  machine('web-1'),
  machine('web-2', { labels: { env: 'dev' }, os: 'Alpine 3.24' }),
  machine('db-1', { policy: 'diagnose' }),
  machine('gw-1', { state: 'killed', by: 'alice' }),
]
const busy = new Map<string, Busy>([
  ['web-1', { cpu: 93, mem: 20, disk: 99.5 }],
  ['web-2', { cpu: 4 }],
  ['db-1', { cpu: 80, mem: 95 }],
])
const meanings = {
  set: (name: string) => (name === 'edge' ? ['gw-*', 'web-2'] : undefined),
  outcome: (word: string) => (word === 'odd' ? new Set(['web-1_______________']) : undefined),
}
const filter = (text: string) => filterOf(text, machines, meanings)
const names = (text: string): string[] =>
  machines.filter((one) => filter(text).test(one, busy.get(one.name))).map(({ name }) => name)

void t.test('a space is AND, and every word may be excluded', async (t) => {
  t.same(names(''), ['web-1', 'web-2', 'db-1', 'gw-1'])
  t.same(names('WEB debian'), ['web-1'], 'text is looked for in all of the row')
  t.same(names('killed by alice'), ['gw-1'])
  t.same(names('!web !'), ['db-1', 'gw-1'], 'a lone ! is someone still typing')
  t.same(names('web-2_______________'), ['web-2'], 'an id')
})

void t.test('the target words of run mean here what they mean there', async (t) => {
  t.same(names('web-*'), ['web-1', 'web-2'])
  t.same(names('web-[1-9] env=dev'), ['web-2'])
  t.same(names('env=prod,web-*'), ['web-1'], 'a comma is AND, too')
  t.same(names('@edge'), ['web-2', 'gw-1'])
  t.same(names('@odd'), ['web-1'])
  t.same(names('!@edge !env=dev'), ['web-1', 'db-1'])
  t.same(names('@all'), ['web-1', 'web-2', 'db-1', 'gw-1'])
})

void t.test('conditions are about the state, the text of a column, and how busy a machine is', async (t) => {
  t.same(names('state=killed'), ['gw-1'])
  t.same(names('!state=killed name~^WEB'), ['web-1', 'web-2'])
  t.same(names('os~alpine|gentoo'), ['web-2'])
  t.same(names('policy~^diag'), ['db-1'])
  t.same(names('cpu>80'), ['web-1'], 'more than, not as much as')
  t.same(names('cpu<80%'), ['web-2'])
  t.same(names('mem>90 disk<50'), [], 'what is not known holds in neither direction')
  t.same(names('!mem>90'), ['web-1', 'web-2', 'gw-1'])
  t.same(names('disk>99.4,web'), ['web-1'])
  t.equal(filter('web cpu>80').isAboutLoad, true)
  t.equal(filter('web,!cpu').isAboutLoad, false)
  t.ok(['!cpu>8', 'state=', 'name~x'].every((word) => isCondition(word)))
  t.notOk(['cpu', 'cpu>', 'cpu>x', 'env=prod', 'mem=9', '@all', ''].some((word) => isCondition(word)))
})

void t.test('a word that means nothing yet is left out and said', async (t) => {
  for (const [word, line] of [
    ['state=of', /^state=: expected one of online, offline.*got "of"$/],
    ['name~[', /^~: "\[" is not a regular expression$/],
    ['@none', /no set is called "none"/],
  ] as const) {
    const { faults } = filter(`web-1 ${word}`)
    t.match(faults, [line])
    t.equal(faults.length, 1)
    t.same(names(`web-1 ${word}`), ['web-1'])
  }
  t.throws(() => condition('state=away'), { code: 'USAGE' })
})
