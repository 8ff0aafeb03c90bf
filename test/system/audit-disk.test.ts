// A relay whose disk is full goes on routing, and says afterwards how much of its audit is missing.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { whole } from '../tamper.ts'
import { until } from '../until.ts'
import { firstLine, Running, type World, world } from '../world.ts'

/** The largest file that a running process may write (bytes): beyond it a write fails as on a full disk. */
function limit(pid: number | undefined, bytes: string): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`])
}

/** The relay again, without what tap puts into each process: that would end it at the signal of such a write, which Node ignores. */
function alone({ fleet, folder, url }: World): Running {
  const args = ['--fleet', fleet, '--port', new URL(url).port, '--data', join(folder, 'relay')]
  const program = [process.execPath, resolve('dist', 'relay', 'main.js'), ...args]
  return new Running(spawn('env', ['-u', 'NODE_OPTIONS', ...program], { stdio: ['pipe', 'pipe', 'pipe'] }))
}

t.test(
  'a full disk',
  { skip: spawnSync('prlimit', ['--version']).error === undefined ? false : 'no prlimit' },
  async (t) => {
    const w = await world(t, 'web-1')
    await w.ok(['ls'])
    await w.relay?.stop()
    const relay = alone(w)
    t.teardown(() => relay.stop('SIGKILL'))
    await firstLine(relay)
    await until(async () => (await w.machine('web-1'))['state'] === 'online', 'web-1 is back', 60_000)
    limit(relay.child.pid, '1')
    t.equal(await w.ok(['run', 'web-1', '--', 'echo', 'still', 'here']), 'still here\n')
    t.match(relay.stderr, /cannot write audit\.jsonl: EFBIG/)
    t.equal(relay.stderr.match(/audit not written/g)?.length, 1, 'said once')
    limit(relay.child.pid, 'unlimited')
    await whole(t, w)
    t.match(readFileSync(join(w.folder, 'relay', 'audit.jsonl'), 'utf8'), /"what":"gap","count":[3-9],/)
  },
)
