// The local commands of ragent: what runs here and by which policy, grants, questions, a clean end; without any relay.
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { chmodSync, mkdirSync } from 'node:fs'
import t from 'tap'
import { agentWith } from '../policy-world.ts'
import { until } from '../until.ts'
import { type Answer, type World, world } from '../world.ts'

async function ragent(w: World, name: string, ...args: string[]): Promise<Answer> {
  const running = w.start('agent', [...args, '--home', join(w.folder, name)])
  running.child.stdin?.end()
  return await running.exit
}

async function status(w: World, name: string): Promise<Record<string, unknown>> {
  return JSON.parse((await ragent(w, name, 'status', '--json')).stdout.toString())
}

void t.test('status, grant, revoke and stop, with and without a relay', async (t) => {
  const w = await world(t)
  const agent = await agentWith(w, 'web-1', { mode: 'diagnose', lifecycle: false })
  const { operators } = JSON.parse(await w.ok(['fleet', 'show', '--json']))
  const alice = String(operators[0].name)
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

  t.equal((await w.rconsole(['run', 'web-1', '--', 'true'])).status, 255)
  t.match(await ragent(w, 'web-1', 'grant', 'run', alice, '30m'), { status: 0, stderr: '' })
  t.equal(await w.ok(['run', 'web-1', '-c', 'echo granted']), 'granted\n')
  t.match((await w.rconsole(['shell', 'web-1'])).stderr, /refuses shell/, 'no more than was granted')
  await agent.stop('SIGKILL')
  t.match(await ragent(w, 'web-1', 'status'), {
    status: 1,
    stderr: /^ragent: no ragent runs with the home \S+: start it/,
  })
  const file = join(w.folder, 'web-1-policy', 'policy.json')
  const again = await w.startAgent('web-1', undefined, '--policy', file)
  t.equal(await w.ok(['run', 'web-1', '-c', 'echo kept']), 'kept\n', 'a grant lasts over a restart')
  t.match(await ragent(w, 'web-1', 'revoke', 'run', alice), { status: 0 })
  t.equal((await w.rconsole(['run', 'web-1', '--', 'true'])).status, 255)
  t.match(await ragent(w, 'web-1', 'revoke', 'run', alice), {
    status: 1,
    stderr: /^ragent: there is no grant of run/,
  })
  t.match(await ragent(w, 'web-1', 'grant', 'run', 'nobody-known', '1m'), {
    status: 1,
    stderr: /has no operator nobody-known, only /,
  })
  t.match(await ragent(w, 'web-1', 'grant', 'kill', alice, '1m'), {
    status: 2,
    stderr: /^ragent: expected run or shell, got "kill"\n$/,
  })
  t.match(await ragent(w, 'web-1', 'grant', 'run', alice, 'soon'), {
    status: 2,
    stderr: /expected a time like/,
  })

  await w.relay?.stop()
  await until(async () => (await status(w, 'web-1'))['connected'] === false, 'the relay is gone', 15_000)
  t.match(await ragent(w, 'web-1', 'stop'), { status: 0, stdout: Buffer.from('web-1 stopped\n') })
  t.match(await again.exit, { status: 0, signal: null })
})

void t.test('a grant ends by the clock that was furthest ahead, and its shell with it', async (t) => {
  const w = await world(t)
  await agentWith(w, 'web-1', { mode: 'full', shell: false })
  const { operators } = JSON.parse(await w.ok(['fleet', 'show', '--json']))
  await ragent(w, 'web-1', 'grant', 'shell', String(operators[0].name), '1h')
  const shell = w.start('console', ['shell', 'web-1', '--shell', '/bin/sh'])
  shell.child.stdin?.write('echo shell-is-up\n')
  await until(() => shell.stdout.includes('shell-is-up'), 'a shell', 15_000)
  await ragent(w, 'web-1', 'revoke', 'shell', String(operators[0].name))
  t.equal((await shell.exit).status, 129, 'it hung up')
})

void t.test('consent: asked at the machine, and told to everyone there', async (t) => {
  const w = await world(t)
  const tools = join(w.folder, 'tools')
  const heard = join(w.folder, 'heard')
  mkdirSync(tools)
  writeFileSync(join(tools, 'wall'), `#!/bin/sh\ncat >> ${heard}\n`)
  chmodSync(join(tools, 'wall'), 0o755)
  process.env['PATH'] = `${tools}:${process.env['PATH'] ?? ''}`
  await agentWith(w, 'web-1', { mode: 'full', consent: 'ask' })
  const waits = async (): Promise<string> => {
    let id = ''
    await until(
      async () => {
        const { questions } = await status(w, 'web-1')
        const [first] = Array.isArray(questions) ? questions : []
        id = String(first?.id ?? '')
        return id !== ''
      },
      'a question',
      15_000,
    )
    return id
  }
  const yes = w.start('console', ['run', 'web-1', '--', 'echo', 'with consent'])
  const first = await waits()
  t.match(
    (await ragent(w, 'web-1', 'status')).stdout.toString(),
    /waits +\d+: \S+ asks for run: echo "with consent" \(ragent allow/,
  )
  t.equal(yes.bytes, 0, 'nothing runs meanwhile')
  await ragent(w, 'web-1', 'allow', first)
  t.match(await yes.exit, { status: 0, stdout: Buffer.from('with consent\n') })
  const no = w.start('console', ['run', 'web-1', '--', 'touch', join(w.folder, 'touched')])
  await ragent(w, 'web-1', 'deny', await waits())
  t.match(await no.exit, {
    status: 255,
    stderr: /web-1 refuses run: .* consent: ask, and nobody there allowed it \(they said no/,
  })
  t.throws(() => statSync(join(w.folder, 'touched')))
  const left = w.start('console', ['run', 'web-1', '--', 'touch', join(w.folder, 'touched')])
  const third = await waits()
  await left.stop('SIGINT')
  await until(
    async () => JSON.stringify((await status(w, 'web-1'))['questions']) === '[]',
    'who asked is gone',
    15_000,
  )
  t.match(await ragent(w, 'web-1', 'allow', third), { status: 1, stderr: /nothing waits under/ })
  t.throws(() => statSync(join(w.folder, 'touched')))
  t.match(
    readFileSync(heard, 'utf8'),
    /^ragent: \S+ asks for a run here\. ragent status; ragent allow 1; ragent deny 1\n/,
  )
  await agentWith(w, 'web-2', { mode: 'full', consent: 'notify' })
  t.equal(await w.ok(['run', 'web-2', '--', 'echo', 'told']), 'told\n')
  await until(
    () => /ragent: \S+ begins a run on this machine\n/.test(readFileSync(heard, 'utf8')),
    'a notice',
  )
  t.notMatch(
    w.read('web-1', 'ragent.log') + w.read('web-2', 'ragent.log'),
    /with consent|told/,
    'no argument is logged',
  )
})

void t.test('bad words on the socket are answered or cut off, and change nothing', async (t) => {
  const w = await world(t, 'web-1')
  const path = join(w.folder, 'web-1', 'control.sock')
  const say = async (text: string): Promise<string> =>
    await new Promise((resolve) => {
      let answer = ''
      const socket = createConnection(path, () => socket.write(text))
      socket.on('data', (data: Buffer) => (answer += data.toString()))
      socket.on('error', () => undefined)
      socket.on('close', () => resolve(answer))
    })
  t.match(await say('{"ask":"full"}\n'), /"code":"INVALID_MESSAGE"/)
  t.match(await say('{\n'), /"error"/)
  t.match(await say('{"ask":"status","more":1}\n'), /"code":"INVALID_MESSAGE"/)
  t.equal(await say('x'.repeat(100_000)), '')
  t.equal((await w.machine('web-1'))['state'], 'online')
})

void t.test('children and /proc see no token of ours', async (t) => {
  const w = await world(t)
  const token = await w.token()
  const agent = w.start('agent', ['--relay', w.url, '--name', 'web-1', '--home', join(w.folder, 'web-1')], {
    RAGENT_TOKEN: token,
    RAGENT_RELAY: w.url,
    RCONSOLE_PASSPHRASE: 'a-passphrase-of-ours',
  })
  await until(() => agent.bytes > 0, 'it is up', 15_000)
  if (process.platform === 'linux') {
    const environ = readFileSync(`/proc/${agent.child.pid}/environ`, 'latin1')
    t.match(environ, /RAGENT_TOKEN=x+\0/)
    t.notMatch(environ, token)
  }
  const names = (await w.ok(['run', 'web-1', '--', 'env']))
    .split('\n')
    .filter((line) => /^(?:RAGENT|RCONSOLE)_/.test(line))
  t.equal(names.length, 1, names.join())
  t.match(names[0], /^RAGENT_RUN=/)
})
