// The owner's policy on real processes: what each mode lets through, and who can change it.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { agentWith, isRoot, policyFile } from '../policy-world.ts'
import { refused } from '../refused.ts'
import { firstLine, type World, world } from '../world.ts'

/** That the console refuses with this line and 255; `isSent`: whether the agent was asked. */
async function isRefused(
  t: Test,
  w: World,
  { name, args, line, isSent }: { name: string; args: readonly string[]; line: RegExp; isSent: boolean },
): Promise<void> {
  const before = asked(w, name)
  const { status, stderr, stdout } = await w.rconsole(args)
  t.equal(status, 255, args.join(' '))
  t.match(stderr, line)
  t.match(stderr, /^rconsole: [^\n]+\n$/, 'one line')
  t.equal(stdout.length, 0)
  t.equal(asked(w, name) > before, isSent, isSent ? 'refused by the agent' : 'nothing was sent')
}

/** How often the agent was asked for something. */
function asked(w: World, name: string): number {
  return w.read(name, 'ragent.log').match(/"operator":/g)?.length ?? 0
}

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
