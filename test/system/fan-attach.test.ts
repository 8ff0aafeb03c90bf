// A run on several machines that was left to them: followed by another console, folded, ended.
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { processesWith, world } from '../world.ts'

t.test('a run on several machines is left to them, followed and ended', async (t) => {
  const w = await world(t, 'web-1', 'web-2', 'web-3')
  // The same operator at another computer, which knows nothing of this run.
  const elsewhere = join(w.folder, 'elsewhere')
  cpSync(w.home, elsewhere, { recursive: true })

  const LINE = 'echo begun; echo same; echo web >&2'
  const started = await w.rconsole(['run', 'web-*', '--detach', '-c', LINE])
  t.equal(started.status, 0)
  t.match(started.stderr, '3 of 3 machines: started')
  const run = started.stdout.toString().trim()
  t.match(run, /^[\w-]{22}$/, 'its id is what a script gets')

  const folded = '--- web-[1-3] (3 machines): exit 0\nbegun\nsame\n-- stderr\nweb\n'
  const here = await w.rconsole(['attach', run])
  t.strictSame([here.status, here.stdout.toString()], [0, folded])
  t.equal(await w.ok(['attach', run], { env: { RCONSOLE_HOME: elsewhere } }), folded, 'from anywhere')
  t.equal(await w.ok(['attach', run, 'web-2']), 'begun\nsame\n', 'on one of them it is the plain bytes')
  const events = (await w.ok(['attach', run, '--json'])).trim().split('\n')
  t.match(JSON.parse(events.at(-1) ?? ''), { event: 'end', run, machines: 3, well: 3, status: 0 })

  const mark = `${process.pid}77`
  const endless = (await w.ok(['run', 'web-*', '--detach', '--', 'sleep', mark])).trim()
  const ended = await w.rconsole(['attach', endless, '--cancel'])
  t.match([ended.status, ended.stderr], [0, '3 of 3 machines: over'])
  t.strictSame(await processesWith(`sleep ${mark}`), [])
  t.match(await w.ok(['runs', endless]), /web-3 +cancelled \(cancelled by/)

  const one = await w.rconsole(['attach', endless, '--from', '3'])
  t.match([one.status, one.stderr], [2, '--from needs the name of one'])
})
