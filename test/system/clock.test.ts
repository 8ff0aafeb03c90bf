// A machine whose clock is wrong: the request is asked again by its clock, with all of its input.
import { join } from 'node:path'
import t from 'tap'
import { firstLine, world } from '../world.ts'

/** Two minutes ahead: more than an effect may be late. */
const AHEAD = '--import data:text/javascript,const{now}=Date;Date.now=()=>now()+120000'

t.test('input arrives whole on a machine whose clock is two minutes ahead', async (t) => {
  const w = await world(t)
  const args = ['--relay', w.url, '--name', 'ahead', '--home', join(w.folder, 'ahead')]
  const agent = w.start('agent', args, { RAGENT_TOKEN: await w.token(), NODE_OPTIONS: AHEAD })
  await firstLine(agent)
  t.equal(await w.ok(['run', 'ahead', '--', 'wc', '-c'], { input: 'hello world' }), '11\n')
  t.match(agent.stderr, '"code":"LATE"')
})
