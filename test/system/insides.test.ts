// The machine's insides through a real relay: top, ps, disks, net, show, on one machine and on several.
import { spawn } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../until.ts'
import { world } from '../world.ts'

/** What a terminal might obey, but for the ends of lines. */
const HOSTILE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/

const objects = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line))

t.test('the insides of machines', async (t) => {
  const w = await world(t, 'web-1')
  const token = await w.token()
  await w.startAgent('owned', token, '--mode', 'diagnose')

  await t.test('ps lists what runs, and a process with a hostile name harms nobody', async (t) => {
    const name = '\u001b]0;x\u0007\u202e\n)'
    const path = join(w.folder, name)
    symlinkSync('/bin/sleep', path)
    const child = spawn(path, ['1000'], { stdio: 'ignore' })
    t.teardown(() => child.kill())
    const table = await w.ok(['ps', 'web-1', '--filter', '1000', '--sort', 'mem'])
    t.match(table, new RegExp(`^ *PID +USER.*COMMAND\n(?:.*\n)*? *${child.pid} `, 'm'))
    t.notMatch(table, HOSTILE)
    const [one] = objects(await w.ok(['ps', 'web-1', '--filter', '1000', '--json'])).filter(
      ({ pid }) => pid === child.pid,
    )
    t.equal(one?.['name'], name)
    t.equal(one?.['ppid'], process.pid)
    t.match(await w.ok(['ps', 'web-1', 'owned', '--tree']), /^web-1 .*└─ /m)
  })

  await t.test('ps --signal ends a process, and only the one that was meant', async (t) => {
    const child = spawn('sleep', ['1000'], { stdio: 'ignore' })
    t.teardown(() => child.kill('SIGKILL'))
    const gone = new Promise<string | null>((resolve) => child.once('exit', (_, signal) => resolve(signal)))
    const pid = String(child.pid)
    const other = await w.rconsole(['ps', '--signal', 'TERM', 'web-1', `${pid}:1`])
    t.equal(other.status, 1)
    t.match(other.stderr, 'has ended; its number is another’s now')
    const refused = await w.rconsole(['ps', '--signal', 'TERM', 'owned', pid])
    t.equal(refused.status, 1)
    t.match(refused.stderr, /owned refuses control: its owner.s policy says mode diagnose/)
    t.match((await w.rconsole(['ps', '--signal', 'TERM', 'web-1', '1'])).stderr, 'init')
    t.match((await w.rconsole(['ps', '--signal', 'DANCE', 'web-1', pid])).stderr, 'expected one of')
    const { status, stderr } = await w.rconsole(['ps', '--signal', 'SIGTERM', 'web-1', pid])
    t.strictSame([status, stderr], [0, `web-1: TERM sent to ${pid} (sleep)\n`])
    t.equal(await gone, 'SIGTERM')
  })

  await t.test(
    'top shows each machine once without a terminal, and what failed on a line of its own',
    async (t) => {
      const one = await w.ok(['top', 'web-1'])
      t.match(one, /^web-1\ncpu .*\nmemory .* of .*\n/)
      t.match(one, /PID +USER/)
      const many = await w.ok(['top', 'web-1', 'owned'])
      t.match(many, /^NAME +CPU +LOAD .*\nowned +\d+% .*\nweb-1 +\d+% /)
      const ticks = w.start('console', ['top', 'web-1', '--json', '--every', '500ms'])
      await until(() => ticks.stdout.toString().split('\n').length > 3, 'three ticks')
      t.equal((await ticks.stop('SIGINT')).status, 130)
      const [first, second] = objects(ticks.stdout.toString().split('\n').slice(0, 2).join('\n'))
      t.ok(Number(second?.['at']) > Number(first?.['at']))
      t.match((await w.rconsole(['top', 'web-1', '--every', '10ms'])).stderr, 'at least 500ms')
    },
  )

  await t.test('disks and net say what is there; read-only questions work in diagnose', async (t) => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    t.teardown(() => server.close())
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    for (const name of ['web-1', 'owned']) {
      const sockets = objects(await w.ok(['net', name, '--listening', '--json']))
      const found = sockets.find(
        ({ local }) => JSON.stringify(local) === JSON.stringify({ address: '127.0.0.1', port }),
      )
      t.match(found, { protocol: 'tcp', state: 'LISTEN', process: { pid: process.pid } })
      t.match(await w.ok(['disks', name]), /^MOUNT +SIZE +USED +FREE +USE +TYPE +DEVICE\n(?:.*\n)*?\/ /)
      t.match(await w.ok(['show', name]), /^name +\S+\nid +/)
    }
    t.match(await w.ok(['net', '@all', '-l']), /^NAME +PROTO +STATE/)
  })

  await t.test('of several machines each that fails has one line, and the others are shown', async (t) => {
    await w.ok(['kill', 'owned', '--yes'])
    const { status, stdout, stderr } = await w.rconsole(['ps', '@all', '-n', '1'])
    t.equal(status, 1)
    t.match(stdout.toString(), /^NAME +PID.*\nweb-1 .*\n$/)
    t.match(stderr, /^rconsole: owned is killed by /m)
    const away = await w.rconsole(['show', 'owned', '--json'])
    t.equal(away.status, 0)
    t.match(objects(away.stdout.toString()), [{ name: 'owned', state: 'killed', facts: null }])
  })
})
