// Programs that bring their own protocol, over a machine: rsync, git, ssh and scp, a browser's connection.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { createServer as createTcp } from 'node:net'
import { join, resolve } from 'node:path'
import t from 'tap'
import { until } from '../until.ts'
import { type World, world } from '../world.ts'

const has = (path: string): boolean => existsSync(path)
const rconsole = `${process.execPath} ${resolve('dist', 'console', 'main.js')}`

/** Run a program of this computer whose remote shell is ours. */
const runner =
  (w: World) =>
  async (file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> => {
    const child = spawn(file, args, {
      cwd: w.folder,
      env: { ...process.env, RCONSOLE_HOME: w.home, RCONSOLE_RELAY: w.url, HOME: w.folder, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let out = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => (out += data.toString()))
    const [status] = await once(child, 'close')
    if (status !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${status}: ${out}`)
    return out
  }

void t.test(
  'rsync pushes, pulls, deletes and goes on',
  { skip: !has('/usr/bin/rsync') && 'no rsync here' },
  async (t) => {
    const w = await world(t, 'web-1')
    const run = runner(w)
    const tree = join(w.folder, 'tree')
    mkdirSync(join(tree, 'sub'), { recursive: true })
    for (let n = 0; n < 50; n++) writeFileSync(join(tree, 'sub', `f${n}`), `${n}`.repeat(5000))
    const rsync = (...args: readonly string[]): Promise<string> =>
      run('rsync', ['-a', '-e', `${rconsole} rsh`, ...args])
    await rsync(`${tree}/`, `web-1:${w.folder}/there/`)
    t.equal(execFileSync('diff', ['-r', tree, join(w.folder, 'there')]).toString(), '')
    execFileSync('rm', [join(tree, 'sub', 'f7')])
    await rsync('--delete', '--partial', `${tree}/`, `alice@web-1:${w.folder}/there/`)
    t.notOk(has(join(w.folder, 'there', 'sub', 'f7')))
    await rsync(`web-1:${w.folder}/there/`, join(w.folder, 'back'))
    t.equal(execFileSync('diff', ['-r', tree, join(w.folder, 'back')]).toString(), '')
  },
)

void t.test('git clones, pushes and fetches', async (t) => {
  const w = await world(t, 'web-1')
  const run = runner(w)
  const git = (...args: readonly string[]): Promise<string> =>
    run('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'init.defaultBranch=main', ...args], {
      GIT_SSH_COMMAND: `${rconsole} rsh`,
      GIT_CONFIG_NOSYSTEM: '1',
    })
  await git('init', '--bare', 'repo.git')
  await git('clone', `web-1:${w.folder}/repo.git`, 'one')
  writeFileSync(join(w.folder, 'one', 'file'), 'x'.repeat(1_000_000))
  await git('-C', 'one', 'add', 'file')
  await git('-C', 'one', 'commit', '-m', 'first')
  await git('-C', 'one', 'push', 'origin', 'HEAD:main')
  await git('clone', `web-1:${w.folder}/repo.git`, 'two')
  t.equal(readFileSync(join(w.folder, 'two', 'file')).length, 1_000_000)
  await git('-C', 'one', 'commit', '--allow-empty', '-m', 'second')
  await git('-C', 'one', 'push', 'origin', 'HEAD:main')
  await git('-C', 'two', 'fetch')
  t.match(await git('-C', 'two', 'log', '--oneline', 'origin/main'), /second/)
})

void t.test('rsh takes what ssh takes, and its status is the command’s', async (t) => {
  const w = await world(t, 'web-1')
  const cases: readonly [readonly string[], string, number][] = [
    [['web-1', 'echo', 'a  b', '*none*'], 'a b *none*\n', 0],
    [['-p', '22', '-oBatchMode=yes', '-o', 'X=y', '-T', '-4', '-lroot', 'bob@web-1', 'exit 7'], '', 7],
    [['-xTp22', 'web-1', 'printf %s "$0" | head -c 0; printf done'], 'done', 0],
    [['--', 'web-1', 'cat'], 'in', 0],
    [['-n', 'web-1', 'cat'], '', 0],
    [['-G', 'web-1'], 'host web-1\n', 0],
  ]
  for (const [args, stdout, status] of cases) {
    const answer = await w.rconsole(['rsh', ...args], { input: 'in' })
    t.equal(answer.stdout.toString(), stdout, args.join(' '))
    t.equal(answer.status, status, args.join(' '))
  }
  t.match(await w.rconsole(['rsh', '-p']), { status: 2, stderr: /rsh: expected a machine/ })
  const tar = await w.rconsole(['--relay', w.url, 'rsh', 'web-1', 'tar', 'c', '-C', '/etc', 'hostname'])
  t.ok(tar.stdout.includes('hostname'))
})

void t.test(
  'ssh and scp work through forward --stdio',
  { skip: !has('/usr/sbin/sshd') && 'no sshd here' },
  async (t) => {
    const w = await world(t, 'web-1')
    const run = runner(w)
    const key = join(w.folder, 'key')
    const host = join(w.folder, 'host')
    for (const path of [key, host]) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path])
    execFileSync('cp', [`${key}.pub`, join(w.folder, 'authorized')])
    const config = join(w.folder, 'sshd_config')
    const port = await freePort()
    writeFileSync(
      config,
      `ListenAddress 127.0.0.1\nPort ${port}\nHostKey ${host}\nAuthorizedKeysFile ${w.folder}/authorized\nStrictModes no\n` +
        `PidFile none\nUsePAM no\nPermitRootLogin yes\nSubsystem sftp internal-sftp\n`,
    )
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true })
    const sshd = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] })
    t.teardown(() => void sshd.kill())
    let said = ''
    sshd.stderr.on('data', (data: Buffer) => (said += data.toString()))
    await until(() => said.includes('Server listening'), `sshd: ${said}`)
    const options = [
      '-F',
      'none',
      '-i',
      key,
      '-o',
      'StrictHostKeyChecking=no',
      '-o',
      `UserKnownHostsFile=${w.folder}/known`,

      '-o',
      `ProxyCommand=${rconsole} forward --stdio web-1 127.0.0.1:${port}`,
      '-o',
      'BatchMode=yes',
    ]
    t.match(await run('ssh', [...options, 'web-1', 'echo through; exit 0']), /through/)
    writeFileSync(join(w.folder, 'blob'), Buffer.alloc(3_000_000, 'z'))
    await run('scp', [...options, join(w.folder, 'blob'), `web-1:${w.folder}/blob.there`])
    t.ok(readFileSync(join(w.folder, 'blob')).equals(readFileSync(join(w.folder, 'blob.there'))))
  },
)

void t.test('a port of this computer leads to one of the machine’s, many connections at once', async (t) => {
  const w = await world(t, 'web-1')
  const site = createServer((asked, answer) => {
    asked.resume()
    asked.on('end', () => answer.end(`you asked for ${asked.url ?? ''}`.padEnd(100_000, '.')))
  })
  site.listen(0, '127.0.0.1')
  await once(site, 'listening')
  t.teardown(() => void site.close())
  const port = portOf(site.address())
  const forward = w.start('console', ['forward', 'web-1', `0:localhost:${port}`, '0:127.0.0.1:1'])
  await until(() => forward.stderr.split('\n').length > 2, 'listening')
  const [first = '0', second = '0'] = [...forward.stderr.matchAll(/forwarding 127\.0\.0\.1:(\d+)/g)].map(
    ([, found]) => found ?? '',
  )
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => fetchText(Number(first), `/${n}`)))
  for (const [n, text] of answers.entries()) t.match(text, new RegExp(`^you asked for /${n}\\.`))
  await t.rejects(fetchText(Number(second), '/'), /socket hang up|ECONNRESET/)
  await until(() => /cannot reach 127\.0\.0\.1 port 1 from there: ECONNREFUSED/.test(forward.stderr), 'why')
  t.match(await forward.stop('SIGINT'), { status: 130 })
})

void t.test('a machine in diagnose mode connects to nothing', async (t) => {
  const w = await world(t)
  await w.startAgent('safe', await w.token(), '--mode', 'diagnose')
  t.match(
    await w.rconsole(['forward', 'safe', '0:localhost:22']),
    { status: 255, stderr: /^rconsole: safe refuses forward: .*\n$/ },
    'before it listens',
  )
  t.match(await w.rconsole(['forward', '--stdio', 'safe', 'localhost:22']), {
    status: 255,
    stderr: /refuses forward/,
  })
  t.match(await w.rconsole(['cp', '/etc/hostname', 'safe:/tmp/']), { status: 1, stderr: /refuses write/ })
  t.match(await w.rconsole(['cp', 'safe:/etc/hostname', '/tmp/']), { status: 1, stderr: /refuses read/ })
})

async function fetchText(port: number, path: string): Promise<string> {
  return await new Promise((done, failed) => {
    const asked = request({ port, path, host: '127.0.0.1', agent: false }, (answer) => {
      let text = ''
      answer.on('data', (data: Buffer) => (text += data.toString()))
      answer.once('end', () => done(text))
    })
    asked.once('error', failed)
    asked.end()
  })
}

async function freePort(): Promise<number> {
  const server = createTcp().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server.address())
  server.close()
  await once(server, 'close')
  return port
}

function portOf(address: unknown): number {
  if (
    typeof address === 'object' &&
    address !== null &&
    'port' in address &&
    typeof address.port === 'number'
  )
    return address.port
  throw new Error('no port')
}
