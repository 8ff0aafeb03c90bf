// Who is a machine, against a relay that hides what an admin said: that a token is closed, that a machine is forgotten.
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { meanwhile, refuses } from '../enrolment.ts'
import { until } from '../until.ts'
import { world } from '../world.ts'

t.test('a closed token, which the relay says is open', async (t) => {
  const w = await world(t)
  const made = JSON.parse(await w.ok(['token', 'new', '--json']))
  await w.ok(['token', 'close', made.id])
  await meanwhile(w, (data) => rmSync(join(data, 'closed.jsonl')))
  await w.enrol(made.token, 'web-9')
  const [row = ''] = (await w.ok(['machine', 'ls', 'web-9', '--json'])).split('\n')
  t.match(JSON.parse(row), { standing: 'refused', reason: /its token was closed before an admin signed/ })
})

t.test('a forgotten machine returns with its old join, at a relay that lost its data', async (t) => {
  const w = await world(t)
  const agent = await w.startAgent('web-2', await w.token())
  const { id: forgotten } = await w.machine('web-2')
  w.copyDisk('web-2', 'copy')
  await w.ok(['machine', 'forget', 'web-2', '--yes'])
  await agent.exit
  await meanwhile(w, (data) => {
    for (const name of readdirSync(data)) if (name !== 'fleet.jws') rmSync(join(data, name))
  })
  const args = ['--relay', w.url, '--home', join(w.folder, 'copy')]
  const copy = w.start('agent', args)
  await until(
    () => copy.stdout.includes('connected'),
    'the copy is let in: this relay knows of nothing',
    30_000,
  )
  await refuses(t, w, String(forgotten), /forgotten/)
  const { status, stderr } = await copy.exit
  t.equal(status, 78, 'the console brought the word with it, and the copy believes an admin')
  t.match(stderr, /an admin has forgotten web-2/)
})
