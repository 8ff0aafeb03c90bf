// The local commands of ragent: what runs here and by which policy, and a clean end, without any relay.
import { statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ragent, status } from '../local-world.ts'
import { agentWith } from '../policy-world.ts'
import { until } from '../until.ts'
import { world } from '../world.ts'

void t.test('status and stop, with and without a relay', async (t) => {
  const w = await world(t)
  const agent = await agentWith(w, 'web-1', { mode: 'diagnose', lifecycle: false })
  t.match(await status(w, 'web-1'), { name: 'web-1', connected: true, frozen: null, runs: 0, grants: [] })
  t.equal(statSync(join(w.folder, 'web-1', 'control.sock')).mode & 0o777, 0o600)
  const { stdout } = await ragent(w, 'web-1', 'status')
  t.match(stdout.toString(), /web-1 \(pid \d+, \S+\) is connected to http/)
  t.match(stdout.toString(), /policy mode +diagnose \(\/\S+policy\.json\)\n/)
  t.match(stdout.toString(), /policy shell +false \(mode diagnose\)\n/)
  t.match(stdout.toString(), /policy lifecycle +false \(\/\S+policy\.json\)\n/)
  t.match(stdout.toString(), /policy consent +none \(default\)\n/)
  t.match(
    (await w.rconsole(['kill', 'web-1', '--yes'])).stderr,
    /refuses kill: its owner's policy says lifecycle: false/,
  )

  await w.relay?.stop()
  await until(async () => (await status(w, 'web-1'))['connected'] === false, 'the relay is gone', 30_000)
  t.match(await ragent(w, 'web-1', 'stop'), { status: 0, stdout: Buffer.from('web-1 stopped\n') })
  t.match(await agent.exit, { status: 0, signal: null })
  t.match(await ragent(w, 'web-1', 'status'), {
    status: 1,
    stderr: /^ragent: no ragent runs with the home \S+: start it/,
  })
  t.match(await ragent(w, 'web-1', 'grant', 'kill', 'alice', '1m'), {
    status: 2,
    stderr: /^ragent: expected run or shell, got "kill"\n$/,
  })
  t.match(await ragent(w, 'web-1', 'grant', 'run', 'alice', 'soon'), {
    status: 2,
    stderr: /expected a time like/,
  })
})
