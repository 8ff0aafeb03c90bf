// One program of a policy as another user than the rest.
import t from 'tap'
import { agentWith, isRoot, memberOfMore } from '../policy-world.ts'
import { world } from '../world.ts'

void t.test('as: one program as another one', { skip: !isRoot && 'not root' }, async (t) => {
  const w = await world(t)
  const user = memberOfMore()
  await agentWith(w, 'web-2', {
    mode: 'allow',
    allow: ['id -un', { argv: 'id -un **', as: 'root' }],
    runAs: user,
  })
  t.equal(await w.ok(['run', 'web-2', '--', 'id', '-un']), `${user}\n`)
  t.equal(await w.ok(['run', 'web-2', '--', 'id', '-un', '--']), 'root\n')
})
