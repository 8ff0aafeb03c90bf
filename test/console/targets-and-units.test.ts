// Which machines a person means, and the times and sizes that they write and read.
import t from 'tap'
import type { Machine } from '../../console/machine.ts'
import { queryFor, select, selectOne } from '../../console/targets.ts'
import { formatAge, formatBytes, formatUptime, parseDuration } from '../../console/units.ts'
import type { Labels } from '../../protocol/statement.ts'

const machine = (name: string, labels: Labels = {}, id = name.padEnd(20, '_')): Machine => ({
  id,
  key: 'k'.repeat(43),
  name,
  labels,
  state: 'online',
  since: 0,
  standing: 'accepted',
})
const machines = [
  machine('web-1', { env: 'prod', role: 'web' }),
  machine('web-2', { env: 'dev', role: 'web' }),
  machine('db.1', { env: 'prod', role: 'db' }),
  machine('dbx1', { env: 'dev' }),
]
const names = (...words: string[]) => select(words, machines).map(({ name }) => name)

void t.test(
  'names, globs and labels choose machines; a comma narrows, a word widens, ! excludes',
  async (t) => {
    t.strictSame(names('web-1'), ['web-1'])
    t.strictSame(names('web-?'), ['web-1', 'web-2'])
    t.strictSame(names('*1'), ['web-1', 'db.1', 'dbx1'])
    t.strictSame(names('db.1'), ['db.1'], 'a dot is a dot')
    t.strictSame(names('env=prod'), ['web-1', 'db.1'])
    t.strictSame(names('env=prod,web-*'), ['web-1'])
    t.strictSame(names('role=db', 'web-2'), ['web-2', 'db.1'])
    t.strictSame(names('@all', '!env=prod'), ['web-2', 'dbx1'])
    t.strictSame(names('@all', '!web-*,env=dev'), ['web-1', 'db.1', 'dbx1'])
    t.strictSame(names('env=p*'), ['web-1', 'db.1'])
    t.strictSame(names('web-1_______________'), ['web-1'], 'an id')
  },
)

void t.test('no target is never all of them', async (t) => {
  t.throws(() => names(), { code: 'NO_TARGET' })
  t.throws(() => names('!web-1'), { code: 'NO_TARGET' })
  for (const word of [
    '',
    ',',
    'web-3',
    'WEB-1',
    'env=',
    'env',
    '__proto__=x',
    'toString=*',
    'web-1,',
    '.*',
    '(',
  ]) {
    t.throws(() => names(word), { code: 'NOT_FOUND' }, JSON.stringify(word))
  }
})

void t.test('a range of numbers is a pattern; its comma is not an AND', async (t) => {
  t.strictSame(names('web-[1-2]'), ['web-1', 'web-2'])
  t.strictSame(names('web-[1,3],env=prod'), ['web-1'])
  t.strictSame(names('*[1-1]'), ['web-1', 'db.1', 'dbx1'])
  for (const word of ['web-[01-02]', 'web-[3-9]', 'web-[]', 'web-[1', 'web-[1-2', '[web-1]'])
    t.throws(() => names(word), { code: 'NOT_FOUND' }, word)
})

void t.test('a plain name that no machine has is said, also when others match', async (t) => {
  t.throws(() => names('web-1', 'wbe-2'), { code: 'NOT_FOUND', message: /wbe-2/ })
})

void t.test('@words are saved sets and outcomes; one that means nothing is refused', async (t) => {
  const sets: Record<string, string[]> = {
    web: ['role=web', '!web-2'],
    mine: ['@web', 'db.1'],
    one: ['@two'],
    two: ['@one'],
  }
  const meanings = {
    set: (name: string) => sets[name],
    outcome: (word: string) => (word === 'odd' ? new Set(['dbx1'.padEnd(20, '_')]) : undefined),
  }
  const found = (...words: string[]) => select(words, machines, meanings).map(({ name }) => name)
  t.strictSame(found('@web'), ['web-1'])
  t.strictSame(found('@mine'), ['web-1', 'db.1'])
  t.strictSame(found('@all,env=prod', '!@web'), ['db.1'])
  t.strictSame(found('@odd'), ['dbx1'])
  t.throws(() => found('@three'), { code: 'NOT_FOUND', message: /"three".*rconsole set ls/ })
  t.throws(() => found('@one'), { code: 'USAGE', message: /contains itself/ })
})

void t.test('a name that two machines claim is refused', async (t) => {
  const twins = [machine('web-1', {}, 'a'.repeat(20)), machine('web-1', {}, 'b'.repeat(20))]
  t.throws(() => select(['web-1'], twins), { code: 'AMBIGUOUS', message: /a{20}, b{20}/ })
  t.equal(select(['a'.repeat(20)], twins).length, 1)
  t.throws(() => selectOne('web-*', machines), { code: 'AMBIGUOUS', message: /2 machines/ })
  t.equal(selectOne('dbx1', machines).name, 'dbx1')
})

void t.test('an id is that machine alone, whatever another one calls itself', async (t) => {
  const id = 'v'.repeat(20)
  const impostor = machine(id, { env: 'prod' }, 'i'.repeat(20))
  const known = [impostor, machine('web-1', { env: 'prod' }, id)]
  t.strictSame(
    select([id], known).map(({ name }) => name),
    ['web-1'],
  )
  t.strictSame(
    select(['@all', `!${id}`], known).map((found) => found.id),
    [impostor.id],
  )
  t.strictSame(
    select([`${id},env=prod`], known).map(({ name }) => name),
    ['web-1'],
  )
})

void t.test('the relay is asked for what is named, and for all otherwise', async (t) => {
  t.strictSame(queryFor(['web-1', 'a_cdefghijklmnopqrst'], false), {
    names: ['web-1', 'a_cdefghijklmnopqrst'],
    ids: ['a_cdefghijklmnopqrst'],
    watch: false,
  })
  for (const words of [[], ['web-*'], ['web-1', 'env=prod'], ['@all'], ['web-1', '!web-1']]) {
    t.strictSame(queryFor(words, true), { watch: true })
  }
})

void t.test('times are read with their unit', async (t) => {
  const times = {
    '500ms': 500,
    '2s': 2000,
    '1.5s': 1500,
    '10m': 600_000,
    '24h': 86_400_000,
    '30d': 2_592_000_000,
  }
  for (const [text, ms] of Object.entries(times)) t.equal(parseDuration('--ttl', text), ms)
  for (const text of ['', '10', 's', '-1s', '1 s', '1S', '1e3s', '.5s', '1toString', '1__proto__', '10m5s']) {
    t.throws(() => parseDuration('--ttl', text), { code: 'USAGE', message: /^--ttl: expected a time/ }, text)
  }
})

void t.test('times and sizes are written as people read them', async (t) => {
  t.strictSame([-5, 3999, 60_000, 7_200_000, 432_000_000].map(formatAge), [
    '0 s',
    '3 s',
    '1 min',
    '2 h',
    '5 d',
  ])
  t.strictSame([40, 3599, 7500, 273_600].map(formatUptime), ['40 s', '59 min', '2 h 5 min', '3 d 4 h'])
  t.strictSame([0, 1023, 1024, 2 ** 60].map(formatBytes), ['0 B', '1023 B', '1.0 KiB', '1024.0 PiB'])
})
