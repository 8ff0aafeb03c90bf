// One run on several real machines: folded, compared, explained, and its outcome the next target.
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../until.ts'
import { firstLine, processesWith, world } from '../world.ts'

/** A number of seconds that no other test sleeps for. */
const seconds = (n: number): string => `${process.pid}${n}`

t.test('a run on several machines', async (t) => {
  const w = await world(t, 'web-1', 'web-2', 'web-3')
  const token = await w.token()
  const start = (name: string, flavor: string, ...flags: string[]): ReturnType<typeof w.start> =>
    w.start('agent', ['--relay', w.url, '--name', name, '--home', join(w.folder, name), ...flags], {
      RAGENT_TOKEN: token,
      FLAVOR: flavor,
    })
  const odd = start('web-4', 'odd')
  const strict = start('db-1', '', '--mode', 'diagnose')
  await Promise.all([firstLine(odd), firstLine(strict)])
  const run = async (...args: string[]): Promise<[number | null, string, string]> => {
    const { status, stdout, stderr } = await w.rconsole(['run', ...args])
    return [status, stdout.toString(), stderr]
  }
  const LINES = 'printf "a\\nb\\nc\\n"; test -z "$FLAVOR" || { echo "$FLAVOR"; exit 3; }'

  await t.test('folds what is the same, and names it in words that are targets again', async (t) => {
    const [status, stdout, stderr] = await run('web-*', '-c', LINES)
    t.equal(status, 1)
    t.equal(
      stdout,
      '--- web-[1-3] (3 machines): exit 0\na\nb\nc\n--- web-4 (1 machine): exit 3\na\nb\nc\nodd\n',
    )
    t.match(
      stderr,
      /^rconsole: 3 of 4 machines: exit 0; 1 failed \(run [\w-]{22}\)\n {2}web-4: done \(exit 3\)\n$/,
    )
    const [, again] = await run('web-[1-3]', '--', 'true')
    t.equal(again, '--- web-[1-3] (3 machines): exit 0\n')
  })

  await t.test('shows the odd ones as a difference, and takes them as the next target', async (t) => {
    const [, stdout] = await run('web-*', '--diff', '-c', LINES)
    t.match(stdout, /^--- web-4 .*exit 3\n--- web-1\n\+\+\+ web-4\n@@ -1,3 \+1,4 @@\n a\n b\n c\n\+odd\n$/ms)
    const targets = async (word: string): Promise<string[]> =>
      (await w.ok(['ls', '--json', word]))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).name)
    t.strictSame(await targets('@odd'), ['web-4'])
    t.strictSame(await targets('@failed'), ['web-4'])
    t.strictSame(await targets('@same'), ['web-1', 'web-2', 'web-3'])
    t.match((await w.rconsole(['ls', '@silent'])).stderr, /no machine matches @silent/)
    const id = /"run":"([^"]+)"/.exec(await w.ok(['run', 'web-1', '--json', '--', 'true']))?.[1] ?? ''
    t.strictSame(await targets(`@same:${id.slice(0, 8)}`), ['web-1'], 'of any run by the beginning of its id')
    t.match((await w.rconsole(['ls', '@odd:xxxx'])).stderr, /no run "xxxx" is kept here/)
  })

  await t.test('explains every machine that did not do it, each by its own cause', async (t) => {
    const [status, stdout, stderr] = await run('web-1', 'db-1', '--', 'true')
    t.equal(status, 1)
    t.equal(stdout, '--- web-1 (1 machine): exit 0\n')
    t.match(stderr, /^ {2}db-1: refused \(by its agent: .*diagnose.*\)$/m)
    const [nothing, , why] = await run('db-*', '--', 'true')
    t.equal(nothing, 255, 'nothing could be started')
    t.match(why, /0 of 1 machine: exit 0; 1 failed/)
    t.match(
      (await run('web-[1-2]', '--', '/no/such'))[2],
      /web-\[1-2\]: refused \(by its agent: .*\/no\/such/,
    )
    t.match((await run('web-[1-2]', '--timeout', '300ms', '--', 'sleep', '9'))[2], /web-\[1-2\]: timed out/)
    await strict.stop()
    const [, , gone] = await run('web-1', 'db-1', '--', 'true')
    t.match(gone, /1 silent.*\n {2}db-1: offline since 2\S+Z \(its agent was stopped there\)\n/)
    t.match(await w.ok(['ls', '@silent', '--json']), /"name":"db-1"/)
  })

  await t.test(
    'fetches one body of a group when it is too large to come along, and all with --show-all',
    async (t) => {
      const [status, stdout] = await run('web-[1-3]', '-c', 'seq 30000; echo x >&2')
      t.equal(status, 0)
      const lines = stdout.split('\n')
      t.equal(lines.length, 1 + 30_000 + 2 + 1)
      t.strictSame(
        [lines[0], lines[30_000], ...lines.slice(-3)],
        ['--- web-[1-3] (3 machines): exit 0', '30000', '-- stderr', 'x', ''],
      )
      const [, all] = await run('web-[1-2]', '--show-all', '--', 'echo', 'hi')
      t.equal(all, '--- web-1 (1 machine): exit 0\nhi\n--- web-2 (1 machine): exit 0\nhi\n')
      const [, large] = await run('web-[1-2]', '-c', 'yes 0123456789abcde | head -c 3000000')
      t.equal(large.length, 3_000_000 + '--- web-[1-2] (2 machines): exit 0\n'.length)
    },
  )

  await t.test('--by host shows lines as they come, --out writes files that were not there', async (t) => {
    const [, stdout, stderr] = await run('web-[1-2]', '--by', 'host', '-c', 'echo a; echo b >&2; printf c')
    t.strictSame(stdout.split('\n').toSorted(), ['', 'web-1: a', 'web-1: c', 'web-2: a', 'web-2: c'])
    t.match(stderr, /^web-1: b$/m)
    const folder = join(w.folder, 'out')
    t.equal((await run('web-[1-2]', '--out', folder, '-c', 'head -c 100000 /dev/zero; echo x >&2'))[0], 0)
    t.strictSame(readdirSync(folder), ['web-1', 'web-2'])
    t.equal(readFileSync(join(folder, 'web-1')).length, 100_002)
    symlinkSync(join(w.folder, 'elsewhere'), join(folder, 'web-3'))
    for (const name of ['web-1', 'web-3']) {
      const [status, , why] = await run(name, '--out', folder, '--', 'echo', 'x')
      t.equal(status, 2, name)
      t.match(why, /is there already.*nothing is overwritten/)
    }
    t.notOk(existsSync(join(w.folder, 'elsewhere')), 'no link is followed')
  })

  await t.test('starts nothing unless there are as many as expected', async (t) => {
    t.match(await run('web-*', '--expect', '3', '--', 'true'), [
      2,
      '',
      /the targets mean 4; nothing was started/,
    ])
    t.equal((await run('web-*', '--expect', '4', '--', 'true'))[0], 0)
    const { status, stderr } = await w.rconsole(['run', 'web-*', '--', 'true'], {
      env: { RCONSOLE_ASK_ABOVE: '3' },
    })
    t.equal(status, 2)
    t.match(stderr, /the targets mean 4 machines: say --expect 4; nothing was started/)
    t.match(await run('web-1', 'web-2', 'true'), [2, '', /expected either a program after --/])
    t.match(await run('web-1', '--out', 'x', '--diff', '--', 'true'), [2, '', /do not go together/])
    t.match(await run('web-1', '--by', 'me', '--', 'true'), [2, '', /--by: expected host/])
  })

  await t.test('Ctrl-C in a script ends it on every machine, with 130', async (t) => {
    const running = w.start('console', ['run', 'web-*', '--', 'sleep', seconds(5551)])
    await until(async () => (await processesWith(`sleep ${seconds(5551)}`)).length === 4, 'all run')
    const { status, stderr } = await running.stop('SIGINT')
    t.equal(status, 130)
    t.match(stderr, /web-\[1-4\]: cancelled/)
    t.strictSame(await processesWith(`sleep ${seconds(5551)}`), [])
  })

  await t.test(
    'a machine that dies under its run is said to be gone, the others are not held up',
    async (t) => {
      const running = w.start('console', ['run', 'web-[3-4]', '--', 'sleep', seconds(5552)])
      await until(async () => (await processesWith(`sleep ${seconds(5552)}`)).length === 2, 'both run')
      await odd.stop('SIGKILL')
      await until(async () => (await w.machine('web-4'))['state'] === 'offline', 'it is gone')
      const { stderr } = await running.stop('SIGTERM')
      t.match(stderr, /web-4: lost, gone since 2\S+Z \(it may come back\)/)
      t.match(stderr, /web-3: (?:started|running)/)
      t.match(stderr, /the run goes on without this console/)
      await w.ok(['disconnect', 'web-3', '--kill-runs'])
    },
  )
})
