// Freeze on real processes: what a frozen machine still does.
import t from 'tap'
import { until } from '../until.ts'
import { world } from '../world.ts'

void t.test(
  'a frozen machine does nothing but say what it is, and end; until an admin says otherwise',
  async (t) => {
    const w = await world(t, 'web-1')
    const marker = `rconsole-test-${w.fleet}`
    const shell = w.start('console', ['shell', 'web-1', '--shell', '/bin/sh'])
    shell.child.stdin?.write('echo shell-is-up\n')
    await until(() => shell.stdout.includes('shell-is-up'), 'a shell', 30_000)
    const run = w.start('console', [
      'run',
      'web-1',
      '--',
      'sh',
      '-c',
      `echo ${marker}; read line; echo "got $line."; exec sleep 300`,
    ])
    await until(() => run.bytes > 0, 'a run', 30_000)

    const frozen = JSON.parse(await w.ok(['freeze', 'web-1', '--json']))
    t.match(frozen, { name: 'web-1', frozen: true, runs: 1, shells: 1 })
    t.equal((await shell.exit).status, 129, 'the shell hung up')
    run.child.stdin?.write('more\n')
    await until(() => run.stdout.includes('got .'), 'the run goes on, with its input at an end', 30_000)
    t.match(await w.machine('web-1'), { state: 'frozen', by: frozen.by, since: frozen.since })
    t.match(await w.ok(['ls']), /web-1 +frozen by /)

    const line =
      /^rconsole: web-1 refuses (\w+): frozen by \S+ since \S+Z; an admin ends that with `rconsole unfreeze web-1`\n$/
    for (const args of [
      ['run', 'web-1', '--', 'true'],
      ['reset', 'web-1'],
    ]) {
      const { status, stderr } = await w.rconsole(args)
      t.ok(status === 255 || status === 1, args.join(' '))
      t.match(stderr, line)
    }
    t.match(await w.ok(['facts', 'web-1']), /./)
    await w.ok(['ping', 'web-1'])
    const again = JSON.parse(await w.ok(['freeze', 'web-1', '--json']))
    t.equal(again.since, frozen.since, 'frozen twice is frozen once')
  },
)
