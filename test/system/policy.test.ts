// The owner's policy on real processes: diagnose, and files that are not good.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { agentWith, isRefused, policyFile } from '../policy-world.ts'
import { refused } from '../refused.ts'
import { firstLine, world } from '../world.ts'

void t.test('diagnose: nothing runs, nothing is sent, and nothing remote can change that', async (t) => {
  const w = await world(t)
  const agent = await agentWith(w, 'web-1', { mode: 'diagnose' })
  const file = join(w.folder, 'web-1-policy', 'policy.json')
  t.equal(await firstLine(agent), `ragent web-1 connected to ${w.url} mode=diagnose (${file})`)
  const line =
    /web-1 refuses run: its owner's policy says mode diagnose; only there .*`ragent grant run \S+ 30m`/
  const name = 'web-1'
  for (const args of [
    ['run', name, '--', 'touch', file],
    ['run', name, '-c', `echo '{"mode":"full"}' > ${file}`],
  ])
    await isRefused(t, w, { name, args, line, isSent: false })
  await isRefused(t, w, {
    name,
    args: ['shell', name],
    line: /refuses shell: .* mode diagnose/,
    isSent: false,
  })
  t.equal(readFileSync(file, 'utf8'), '{"mode":"diagnose"}')
  await w.ok(['reset', name])
  const { policy, owner } = await w.machine(name)
  t.equal(policy, 'diagnose')
  t.strictSame(owner, { mode: 'diagnose', off: ['run', 'shell', 'read', 'write', 'forward', 'control'] })
  t.match(await w.ok(['facts', name]), /./)
  await t.test('reset reads the file anew; one that is not good leaves the one before', async (t) => {
    writeFileSync(file, '{"mode":"allow","allow":["echo *"]}')
    await w.ok(['reset', name])
    t.equal(await w.ok(['run', name, '--', 'echo', 'hi']), 'hi\n')
    writeFileSync(file, '{"mode":"fool"}')
    await w.ok(['reset', name])
    t.equal(await w.ok(['run', name, '--', 'echo', 'hi']), 'hi\n')
    await isRefused(t, w, { name, args: ['run', name, '--', 'id'], line: /matches none/, isSent: true })
  })
})

void t.test(
  'a policy that is not good ends the start with 78 and one line, and uses no token up',
  async (t) => {
    const w = await world(t)
    const token = await w.token('--max', '1')
    const at = (name: string, rules: object) => [
      [
        '--relay',
        w.url,
        '--home',
        join(w.folder, name),
        '--token',
        token,
        '--policy',
        policyFile(w, name, rules),
      ],
    ]
    await refused(t, w, 'agent', [
      ['a mistake', at('a', { mode: 'all' })[0] ?? [], 78, /policy\.json: mode: expected .*, got "all"/],
      [
        'an unknown field',
        at('b', { mode: 'full', files: {} })[0] ?? [],
        78,
        /files: expected one of mode, /,
      ],
    ])
    await w.startAgent('web-1', token)
    t.equal((await w.machine('web-1'))['state'], 'online')
  },
)
