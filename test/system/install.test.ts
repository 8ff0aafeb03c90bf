// ragent install and uninstall on a machine of its own (a mount namespace), where systemd does not run; its unit, judged by systemd.
import { spawn } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { isRoot } from '../policy-world.ts'
import { until } from '../until.ts'
import { firstLine, Running, type World, world } from '../world.ts'

const AGENT = resolve('dist/agent/main.js')
const UNIT = '/etc/systemd/system/ragent.service'

/** Programs in a place where nothing is installed yet; what is installed is gone with the test. */
class Place {
  readonly #holder: Running

  /** @param w its folder is seen there, too */
  constructor(t: { teardown(handler: () => unknown): unknown }, w: World) {
    const hide = ['/etc/systemd/system', '/run', '/var/lib'].map((path) => `mount -t tmpfs none ${path}`)
    const made = [...hide, 'echo ready', 'exec cat'].join(' && ')
    this.#holder = new Running(spawn('unshare', ['-m', 'sh', '-c', made], { stdio: 'pipe', cwd: w.folder }))
    t.teardown(() => this.#holder.stop('SIGKILL'))
  }

  async ready(): Promise<this> {
    await firstLine(this.#holder)
    return this
  }

  start(t: { teardown(handler: () => unknown): unknown }, ...words: readonly string[]): Running {
    const inside = ['-m', '-t', String(this.#holder.child.pid), '--', ...words]
    const running = new Running(
      spawn('nsenter', inside, { stdio: 'pipe', env: { PATH: process.env['PATH'] } }),
    )
    running.child.stdin?.on('error', () => undefined)
    t.teardown(() => running.stop('SIGKILL'))
    return running
  }

  /** Its status and all that it said. */
  async run(t: { teardown(handler: () => unknown): unknown }, words: readonly string[], input = '') {
    const running = this.start(t, ...words)
    running.child.stdin?.end(input)
    const { status, stdout, stderr } = await running.exit
    return { status, text: stdout.toString() + stderr }
  }
}

void t.test(
  'a service: joins, judged by systemd, started again, removed',
  { skip: !isRoot && 'not root' },
  async (t) => {
    const w = await world(t)
    const place = await new Place(t, w).ready()
    const ragent = (input: string, ...words: string[]) =>
      place.run(t, [process.execPath, AGENT, ...words], input)
    const token = await w.token()

    t.match(await ragent('', 'uninstall'), {
      status: 1,
      text: /^ragent: there is no \S+ that ragent install wrote\n$/,
    })
    t.match(await ragent('', 'install'), { status: 2, text: /--relay: expected/ })
    t.match(await ragent('', 'install', '--relay', w.url, '--user', 'no-such'), {
      status: 2,
      text: /--user: expected a user of this machine, got "no-such"; `useradd/,
    })
    t.match(await ragent('rjt_x', 'install', '--token', '-', '--relay', w.url), {
      status: 78,
      text: /nothing is installed/,
    })
    t.match(await place.run(t, ['ls', UNIT]), { status: 2 }, 'refused: no unit')

    const installed = await ragent(
      `${token}\n`,
      'install',
      '--token',
      '-',
      '--relay',
      w.url,
      '--name',
      'web-1',
    )
    t.match(installed, {
      status: 0,
      text: /^web-1 joined fleet \S+\n\/etc\/systemd\/system\/ragent.service is written and enabled; systemd does not run here now/,
    })
    const { text: unit } = await place.run(t, ['cat', UNIT])
    t.notMatch(unit, token, 'the token is nowhere in it')
    t.match(await place.run(t, ['systemd-analyze', 'verify', UNIT]), { status: 0, text: '' })
    t.match(await place.run(t, ['systemctl', 'is-enabled', 'ragent']), { status: 0, text: 'enabled\n' })
    t.match(unit, /\nRestart=on-failure\n.*\nRestartPreventExitStatus=2 78\n/s)
    t.notMatch(unit, /NoNewPrivileges|Protect/, 'root is root')

    const command = /^ExecStart=(.+)$/m.exec(unit)?.[1]?.split(' ') ?? []
    const agent = place.start(t, ...command)
    await firstLine(agent)
    await w.ok(['reset', 'web-1', '--restart', '--json'])
    t.equal((await agent.exit).status, 75, 'a failure, after which systemd starts it again')
    const again = place.start(t, ...command)
    await firstLine(again)
    t.equal((await w.machine('web-1'))['state'], 'online')
    t.match(
      await ragent('', 'install', '--relay', w.url, '--mode', 'diagnose'),
      { status: 0, text: /^web-1 has joined fleet \S+ before\n/ },
      'again, while it runs',
    )
    t.match((await place.run(t, ['cat', UNIT])).text, / --mode diagnose\n/)

    await again.stop()
    t.match(await ragent('', 'install', '--relay', w.url, '--user', 'daemon'), {
      status: 78,
      text: /belongs to another user than daemon: chown/,
    })
    t.match(await ragent('', 'uninstall'), {
      status: 0,
      text: /^ragent.service is gone; left: \S*\/var\/lib\/ragent\n.*machine forget NAME\n$/s,
    })
    t.match(
      await place.run(t, ['find', '/etc/systemd/system', '-type', 'f,l']),
      { text: '' },
      'no unit, no link',
    )
    t.match(await place.run(t, ['ls', '/var/lib/ragent/agent.json']), { status: 0 })
  },
)

void t.test(
  'as a user of its own, with no way up, and nothing left after --purge',
  { skip: !isRoot && 'not root' },
  async (t) => {
    const w = await world(t)
    const place = await new Place(t, w).ready()
    chmodSync(w.folder, 0o711)
    const file = join(w.folder, 'token')
    writeFileSync(file, await w.token(), { mode: 0o600 })
    const install = [
      AGENT,
      'install',
      '--relay',
      w.url,
      '--name',
      'web-2',
      '--user',
      'daemon',
      '--token-file',
      file,
    ]
    t.match(await place.run(t, [process.execPath, ...install]), { status: 0, text: /^web-2 joined/ })
    const { text: unit } = await place.run(t, ['cat', UNIT])
    t.match(unit, /\nUser=daemon\n.*\nStateDirectory=ragent\n.*\nNoNewPrivileges=yes\n/s)
    t.match(await place.run(t, ['systemd-analyze', 'verify', UNIT]), { status: 0, text: '' })
    t.match(await place.run(t, ['stat', '-c', '%U %a', '/var/lib/ragent', '/var/lib/ragent/agent.json']), {
      text: 'daemon 700\ndaemon 600\n',
    })
    t.match(await place.run(t, [process.execPath, AGENT, 'uninstall', '--purge']), {
      status: 0,
      text: /^ragent.service is gone(; left: \/etc\/ragent)?\n/,
    })
    t.match(await place.run(t, ['ls', '-A', '/var/lib', '/etc/systemd/system']), {
      text: /^\/etc\/systemd\/system:\n(multi-user.target.wants\n)?\n\/var\/lib:\n$/,
    })
  },
)

void t.test('an agent that crashes again and again comes up in diagnose, and says why', async (t) => {
  const w = await world(t)
  const token = await w.token()
  for (let crash = 0; crash < 3; crash++) await (await w.startAgent('web-3', token)).stop('SIGKILL')
  const agent = await w.startAgent('web-3')
  t.match(agent.stdout.toString(), /mode=diagnose .*\nsafe mode: it crashed 3 times within 10 minutes\n/)
  t.match(await w.rconsole(['run', 'web-3', '--', 'true']), {
    status: 255,
    stderr:
      /^rconsole: web-3 refuses run: it is in safe mode, it crashed 3 times within 10 minutes; find out why, then an admin ends that with `rconsole reset web-3`\n$/,
  })
  t.match(await w.ok(['ls', 'web-3']), /diagnose \(safe mode\)/)
  t.match(await w.ok(['show', 'web-3']), /policy +diagnose \(safe mode\): it crashed 3 times/)
  await w.ok(['facts', 'web-3'])
  await w.ok(['reset', 'web-3', '--json'])
  await until(async () => (await w.machine('web-3'))['policy'] === 'full', 'the policy is read anew')
  await w.ok(['run', 'web-3', '--', 'true'])
  await agent.stop()
  t.match(
    JSON.parse(readFileSync(join(w.folder, 'web-3', 'crashes.json'), 'utf8')),
    { isAlive: false, crashes: [] },
    'an end as it should be is no crash',
  )
})
