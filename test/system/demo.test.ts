// `rconsole demo`, which `npm start` runs: without a terminal it lists, runs, ends, and leaves nothing behind.
import { mkdtempSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { processesWith, World } from '../world.ts'

/** Each demo gets a folder for its own temporary files, so that another one beside it is not taken for its remains. */
function ownTemporary(w: World): { TMPDIR: string } {
  return { TMPDIR: mkdtempSync(join(w.folder, 'tmp-')) }
}

t.test('demo without a terminal shows the machine, runs uptime on it and leaves nothing', async (t) => {
  const w = new World(t)
  const env = ownTemporary(w)
  const { status, stdout, stderr } = await w.rconsole(['demo'], { env })
  t.equal(status, 0, stderr)
  t.match(stdout.toString(), /^NAME +STATE .*\n\S+ +online .* full .*\n.*load average/)
  t.match(stderr, /^\$ rconsole ls\n\$ rconsole run \S+ -c uptime\n$/)
  t.strictSame(readdirSync(env.TMPDIR), [])
  t.strictSame(await processesWith(env.TMPDIR), [])
})

t.test('demo ended in the middle leaves nothing either', async (t) => {
  const w = new World(t)
  const env = ownTemporary(w)
  const running = w.start('console', ['demo'], env)
  running.child.stderr?.once('data', () => running.child.kill('SIGTERM'))
  t.equal((await running.exit).status, 143)
  t.strictSame(readdirSync(env.TMPDIR), [])
  t.strictSame(await processesWith(env.TMPDIR), [])
})
