// The owner's policy on real processes: what each mode lets through, as whom, within which limits, and who can change it.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { refused } from '../refused.ts'
import { until } from '../until.ts'
import { firstLine, type Running, type World, world } from '../world.ts'

const isRoot = process.getuid?.() === 0

/** Write the policy file of a machine, and return its path. */
function policyFile(w: World, name: string, rules: object): string {
  const folder = join(w.folder, `${name}-policy`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'policy.json')
  writeFileSync(file, JSON.stringify(rules), { mode: 0o600 })
  return file
}

async function agentWith(w: World, name: string, rules: object, ...flags: string[]): Promise<Running> {
  return await w.startAgent(name, await w.token(), '--policy', policyFile(w, name, rules), ...flags)
}

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
  t.strictSame(owner, { mode: 'diagnose', off: ['run', 'shell'] })
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

void t.test('limits: time, output, runs at once, niceness', async (t) => {
  const w = await world(t)
  const limits = { timeout: '300ms', output: '64KiB', runs: 2, nice: 7 }
  await agentWith(w, 'web-1', { mode: 'full', limits })
  const timed = await w.rconsole(['run', 'web-1', '--timeout', '1h', '--', 'sleep', '60'])
  t.equal(timed.status, 124)
  t.match(timed.stderr, /web-1: timed out after 300 ms, limits\.timeout of the owner's policy/)
  const own = await w.rconsole(['run', 'web-1', '--timeout', '50ms', '--', 'sleep', '60'])
  t.match(own.stderr, /timed out after 50ms/, 'the operator’s own is less')
  const much = await w.rconsole(['run', 'web-1', '--', 'yes'])
  t.equal(much.status, 255)
  t.equal(much.stdout.length, 64 * 1024)
  t.match(much.stderr, /web-1: it printed more than limits\.output of the owner's policy \(64\.0 KiB\)/)
  t.equal(
    (await w.ok(['run', 'web-1', '--', 'head', '-c', '65536', '/dev/zero'])).length,
    65_536,
    'not one byte less',
  )
  t.equal(await w.ok(['run', 'web-1', '--', 'nice']), '7\n')
  t.equal(
    (await w.rconsole(['run', 'web-1', '--', 'no-such'])).stderr,
    'rconsole: this machine has no program no-such\n',
  )

  await agentWith(w, 'web-2', { mode: 'full', limits: { runs: 2 } })
  const many = Array.from({ length: 6 }, () =>
    w.start('console', ['run', 'web-2', '-n', '-c', 'echo in; exec sleep 60']),
  )
  await until(() => many.every((one) => one.isOver || one.bytes > 0), 'each is in or refused', 30_000)
  const out = many.filter((one) => one.isOver)
  t.equal(out.length, 4, 'two at once, however they come')
  for (const one of out)
    t.match((await one.exit).stderr, /2 runs are under way, as many as limits\.runs of .* allows/)
  for (const one of many) await one.stop('SIGINT')
  t.equal(
    await w.ok(['run', 'web-2', '--', 'echo', 'room']),
    'room\n',
    'when they are over there is room again',
  )
})

/** A user of this machine who is in a group beyond their own, if there is one. */
function memberOfMore(): string {
  const lines = readFileSync('/etc/group', 'utf8').split('\n')
  return (
    lines.map((line) => line.split(':')[3] ?? '').find((members) => /^[a-z_-]+$/.test(members)) ?? 'nobody'
  )
}

void t.test(
  'runAs: another user with all their groups, in a run and in a shell',
  { skip: !isRoot && 'not root' },
  async (t) => {
    const w = await world(t)
    const user = memberOfMore()
    const { execa } = await import('execa')
    const { stdout: expected } = await execa('id', [user])
    await agentWith(w, 'web-1', { mode: 'full', runAs: user, limits: { nice: 3 } })
    t.equal(await w.ok(['run', 'web-1', '--', 'id']), `${expected}\n`)
    t.equal(
      await w.ok(['run', 'web-1', '-c', 'echo $USER $LOGNAME; test "$HOME" = ~ && nice']),
      `${user} ${user}\n3\n`,
    )
    t.equal(
      await w.ok(['run', 'web-1', '-e', 'A=b c', '--', 'sh', '-c', 'echo "$A"; id -un']),
      `b c\n${user}\n`,
    )
    const shell = await w.rconsole(['shell', 'web-1', '--shell', '/bin/sh'], {
      input: 'id; echo $USER >$(tty); exit 7\n',
    })
    t.equal(shell.status, 7)
    t.match(shell.stdout.toString(), expected)
    t.match(shell.stdout.toString(), new RegExp(`\n${user}\r`), 'the terminal is theirs')
    t.equal((await w.machine('web-1'))['policy'], 'full')
    t.match(await w.ok(['ls', 'web-1']), new RegExp(`full as ${user}`))

    await t.test(
      'nothing that an operator sets or brings is obeyed before the user has changed',
      async (t) => {
        const trap = join(w.folder, 'trap')
        mkdirSync(trap)
        const sprung = join(w.folder, 'sprung')
        for (const name of ['setpriv', 'nice', 'env'])
          writeFileSync(join(trap, name), `#!/bin/sh\nid -u >> ${sprung}\n`, { mode: 0o755 })
        await w.rconsole([
          'run',
          'web-1',
          '-e',
          `PATH=${trap}:/usr/bin:/bin`,
          '--cwd',
          trap,
          '--',
          'id',
          '-u',
        ])
        await w.rconsole(['run', 'web-1', '-e', `LD_PRELOAD=${trap}/x.so`, '--', 'id', '-u'])
        t.notOk(existsSync(sprung))
        const { stderr } = await w.rconsole([
          'run',
          'web-1',
          '-e',
          'LD_PRELOAD=/no/x.so',
          '--',
          'sh',
          '-c',
          ':',
        ])
        t.equal(
          stderr.match(/object '\/no\/x\.so'/g)?.length,
          1,
          'the loader meets it once: in the program, not in what goes before',
        )
      },
    )

    await t.test('as: one program as another one', async (t) => {
      await agentWith(w, 'web-2', {
        mode: 'allow',
        allow: ['id -un', { argv: 'id -un **', as: 'root' }],
        runAs: user,
      })
      t.equal(await w.ok(['run', 'web-2', '--', 'id', '-un']), `${user}\n`)
      t.equal(await w.ok(['run', 'web-2', '--', 'id', '-un', '--']), 'root\n')
    })
  },
)

void t.test('an agent that is not root', { skip: !isRoot && 'not root' }, async (t) => {
  const w = await world(t)
  const file = policyFile(w, 'web-1', { mode: 'full', runAs: 'root' })
  const { execa } = await import('execa')
  await execa('chmod', ['-R', 'a+rX', w.folder])
  const { stderr, exitCode } = await execa(
    'setpriv',
    ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, 'dist/agent/main.js'].concat([
      '--relay',
      w.url,
      '--home',
      '/nonexistent/x',
      '--policy',
      file,
    ]),
    { reject: false },
  )
  t.equal(exitCode, 78)
  t.match(stderr, /^ragent: /)
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
