// `rconsole demo`, which `npm start` runs: without a terminal it lists, runs, ends, and leaves nothing behind.
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import t from 'tap'
import { processesWith, World } from '../world.ts'

const left = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('rconsole-demo-'))

t.test('demo without a terminal shows the machine, runs uptime on it and leaves nothing', async (t) => {
  const before = left()
  const w = new World(t)
  const { status, stdout, stderr } = await w.rconsole(['demo'])
  t.equal(status, 0, stderr)
  t.match(stdout.toString(), /^NAME +STATE .*\n\S+ +online .* full .*\n.*load average/)
  t.match(stderr, /^\$ rconsole ls\n\$ rconsole run \S+ -c uptime\n$/)
  t.strictSame(left(), before)
  t.strictSame(await processesWith('rconsole-demo-'), [])
})

t.test('demo ended in the middle leaves nothing either', async (t) => {
  const before = left()
  const w = new World(t)
  const running = w.start('console', ['demo'])
  running.child.stderr?.once('data', () => running.child.kill('SIGTERM'))
  t.equal((await running.exit).status, 143)
  t.strictSame(left(), before)
  t.strictSame(await processesWith('rconsole-demo-'), [])
})
