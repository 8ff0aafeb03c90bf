// The owner's policy on real processes: programs by pattern, and a mode from the command line.
import t from 'tap'
import { agentWith, isRefused, isRoot } from '../policy-world.ts'
import { firstLine, world } from '../world.ts'

void t.test('--mode is only taken when it is less', async (t) => {
  const w = await world(t)
  const less = await agentWith(w, 'less', { mode: 'full', allow: ['echo *'] }, '--mode', 'allow')
  t.match(await firstLine(less), / mode=allow /)
  t.equal(await w.ok(['run', 'less', '--', 'echo', 'hi']), 'hi\n')
  const line = /less refuses run: its owner's policy says mode allow, and `id` matches none of its 1 patterns/
  await isRefused(t, w, { name: 'less', args: ['run', 'less', '--', 'id'], line, isSent: true })
  const more = await agentWith(w, 'more', { mode: 'diagnose' }, '--mode', 'full')
  t.match(await firstLine(more), / mode=diagnose /)
})

void t.test('allow: one word is one word, whatever is in it', async (t) => {
  const w = await world(t)
  await agentWith(w, 'web-1', {
    mode: 'allow',
    allow: ['printf %s *', { argv: ['true'], as: 'root' }].slice(0, isRoot ? 2 : 1),
  })
  t.equal(await w.ok(['run', 'web-1', '--', 'printf', '%s', 'a; id $(id)']), 'a; id $(id)')
  for (const [args, line] of [
    [['--', 'printf', '%s', 'a', 'b'], /`printf %s a b` matches none/],
    [['-c', 'printf %s a'], /starts programs and reads no line/],
    [['-e', 'LD_PRELOAD=/x', '--', 'printf', '%s', 'a'], /takes neither variables/],
    [['--cwd', '/tmp', '--', 'printf', '%s', 'a'], /nor a folder/],
  ] as const)
    await isRefused(t, w, { name: 'web-1', args: ['run', 'web-1', ...args], line, isSent: true })
})
