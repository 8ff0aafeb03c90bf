// Targets from the command line: `ls` shows what a word means, sets keep words, and nothing never means all.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { world } from '../world.ts'

t.test('targets', async (t) => {
  const w = await world(t, 'web-1', 'web-2', 'db-1')
  const names = async (args: readonly string[], input = ''): Promise<string[]> =>
    (await w.ok(['ls', '--json', ...args], { input }))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).name)

  await t.test('are words, files, and what was saved', async (t) => {
    t.strictSame(await names(['web-[1-2]', '!web-2']), ['web-1'])
    writeFileSync(join(w.folder, 'hosts'), '# the databases\ndb-1 # one\n\nweb-2\n')
    t.strictSame(await names(['--hosts', join(w.folder, 'hosts')]), ['db-1', 'web-2'])
    t.strictSame(await names(['--hosts', '-'], 'web-1\n'), ['web-1'])
    await w.ok(['set', 'web', 'env=test,web-*', '!web-2'])
    t.strictSame(await names(['@web', 'db-*']), ['db-1', 'web-1'])
    t.match(await w.ok(['set', 'ls']), /^web {3}env=test,web-\* !web-2$/m)
    await w.ok(['set', 'rm', 'web'])
    t.match((await w.rconsole(['ls', '@web'])).stderr, /no set is called "web"/)
  })

  await t.test('are narrowed by conditions, which machines answer where only they can', async (t) => {
    t.strictSame(await names(['state=online', 'name~^WEB', '!web-1']), ['web-2'])
    t.strictSame(await names(['web-*', 'cpu<100.1', 'mem>0']), ['web-1', 'web-2'])
    const { status, stderr } = await w.rconsole(['ls', 'web-1', 'disk>100'])
    t.equal(status, 1)
    t.match(stderr, /^rconsole: no machine matches web-1 disk>100\n$/)
  })

  await t.test('--pick draws, and draws the same again with the seed it says', async (t) => {
    const { stdout, stderr } = await w.rconsole(['ls', '--json', '--pick', '2'])
    const seed = /picked 2 of 3; the same again with --seed (\w+)/.exec(stderr)?.[1] ?? ''
    const drawn = stdout.toString().trim().split('\n')
    t.equal(drawn.length, 2)
    t.equal((await w.ok(['ls', '--json', '@all', '--pick', '2', '--seed', seed])).trim(), drawn.join('\n'))
    t.equal((await names(['--pick', '1%', '--seed', 'x'])).length, 1, 'at least one')
  })

  await t.test('that mean nothing, or are no words, are refused in one line', async (t) => {
    for (const [args, status, line] of [
      [['ls', '!web-1'], 2, /expected a machine/],
      [['ls', 'web-1', 'wbe-2'], 1, /no machine matches wbe-2/],
      [['ls', '--pick', '0'], 2, /--pick: expected a number/],
      [['ls', '--hosts', join(w.folder, 'none')], 2, /--hosts: cannot read .*ENOENT/],
      [['ls', '--hosts', '-'], 2, /expected targets, found none/],
      [['ls', 'state=away'], 2, /state=: expected one of online, .*got "away"/],
      [['ls', 'os~('], 2, /~: "\(" is not a regular expression/],
      [['set', 'all', 'web-1'], 2, /"all" cannot name a set/],
      [['set', 'web'], 2, /expected 1 to 1000 targets/],
      [['set', 'rm', 'web'], 1, /no set is called "web"/],
    ] as const) {
      const answer = await w.rconsole(args)
      t.equal(answer.status, status, args.join(' '))
      t.match(answer.stderr, line)
      t.equal(answer.stderr.split('\n').length, 2)
    }
  })
})
