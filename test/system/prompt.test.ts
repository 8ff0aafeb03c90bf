// The seed's words through `rconsole connect`, the facts they tell, and the three orders as others see them.
import { execFileSync } from 'node:child_process'
import { networkInterfaces, totalmem } from 'node:os'
import t from 'tap'
import { until } from '../until.ts'
import { type Answer, world } from '../world.ts'

/** A number of seconds that no other test sleeps for. */
const seconds = `${process.pid}4451`

const here = (file: string, ...args: string[]): string =>
  execFileSync(file, args, { encoding: 'utf8' }).trim()

t.test('the seed’s words', async (t) => {
  const w = await world(t, 'web-1')
  const type = (...lines: string[]): Promise<Answer> =>
    w.rconsole(['connect', 'web-1'], { input: `${lines.join('\n')}\n` })
  const say = async (line: string): Promise<string> => (await type(line)).stdout.toString()

  await t.test('tell what the machine says itself', async (t) => {
    t.equal(await say('NAME'), `${here('hostname')}\n`)
    t.match(await say('Os'), here('uname', '-r'))
    t.match(await say('os'), here('uname', '-m'))
    t.match(await say('cpu'), new RegExp(`, ${here('nproc', '--all')} cores, load [\\d. ]+, \\d+ % in use\n`))
    const [, used = '', free = '', total = ''] =
      /used (.+) \(\d+ %\), free (.+) \(\d+ %\), total (.+)\n/.exec(await say('ram')) ?? []
    t.match(used, /[KMG]iB$/)
    t.match(free, /[KMG]iB$/)
    t.equal(total, `${(totalmem() / 2 ** 30).toFixed(1)} GiB`)
    const addresses = Object.entries(networkInterfaces()).flatMap(([name, list = []]) =>
      list.filter(({ internal }) => !internal).map(({ address }) => `${name} ${address}`),
    )
    t.strictSame((await say('ip')).trim().split('\n').toSorted(), addresses.toSorted())
    t.match(await say('ping'), /^console–agent \d+\.\d ms, console–relay \d+\.\d ms\n$/)
  })

  await t.test('help lists them; clear is nothing to a pipe', async (t) => {
    const help = await say('Help')
    for (const word of [
      'ip',
      'name',
      'os',
      'cpu',
      'ram',
      'ping',
      'clear',
      'linux:',
      'dos:',
      'powershell:',
      'disconnect',
      'reset',
      'kill',
    ]) {
      t.match(help, word)
    }
    t.equal(await say('CLEAR'), '')
  })

  await t.test('run in the shell that is named, or in the machine’s own', async (t) => {
    t.match(await say('python3 --version; true'), /^Python 3/)
    t.equal(await say('linux:echo $0'), '/bin/sh\n')
    t.match(await say('Linux: ls /'), /^(.*\n)*etc\n/)
  })

  await t.test('refuse a shell that the machine lacks, by its name', async (t) => {
    for (const [line, shell] of [
      ['dos:dir', 'cmd.exe'],
      ['powershell:Get-Date', 'pwsh'],
    ] as const) {
      const { status, stderr } = await type(line)
      t.equal(status, 255)
      t.match(stderr, `this machine has no ${shell}`)
    }
  })

  await t.test('a script ends at disconnect, with the status of its last line', async (t) => {
    t.equal((await type('false')).status, 1)
    t.equal((await type('exit 7')).status, 7)
    const { status, stdout } = await type('echo one', 'false', 'Disconnect', 'echo two')
    t.strictSame([status, stdout.toString()], [0, 'one\ndisconnected from web-1\n'])
  })

  await t.test('a script goes on after reset and ends at kill', async (t) => {
    const { status, stdout } = await type('reset', 'echo back', 'KILL', 'echo gone')
    t.strictSame([status, stdout.toString()], [0, 'web-1 reset; it is back\nback\nweb-1 killed\n'])
  })
})

t.test('the three orders, as a second console sees them', async (t) => {
  const w = await world(t, 'web-1')
  const [agent] = w.agents
  if (agent === undefined) throw new Error('no agent')
  const { id } = await w.machine('web-1')

  await t.test('disconnect ends this operator’s shells, and the agent stays', async (t) => {
    const shell = w.start('console', ['shell', 'web-1', '--shell', '/bin/sh'])
    shell.child.stdin?.write('echo up $((1+1))\n')
    await until(() => shell.stdout.includes('up 2'), 'the shell')
    const { stderr } = await w.rconsole(['disconnect', 'web-1'])
    t.match(stderr, 'web-1 disconnected: ended 0 runs and 1 shells')
    const ended = await shell.exit
    t.equal(ended.status, 255)
    t.match(ended.stderr, /disconnected by /)
    t.equal((await w.machine('web-1'))['state'], 'online')
  })

  await t.test('disconnect --for: everyone sees it leave, by whom, and come back', async (t) => {
    t.equal((await w.rconsole(['disconnect', 'web-1', '--for', '5s'])).status, 0)
    const away = await w.machine('web-1')
    t.equal(away['state'], 'disconnected')
    t.ok(away['by'])
    const refused = await w.rconsole(['run', 'web-1', '--', 'true'])
    t.equal(refused.status, 255)
    t.match(refused.stderr, /web-1 is disconnected by .*; nothing was sent/)
    await until(async () => (await w.machine('web-1'))['state'] === 'online', 'it is back', 15_000)
  })

  await t.test('reset: shells end, runs go on, the machine is back within seconds', async (t) => {
    const run = w.start('console', ['run', 'web-1', '--', 'sleep', seconds])
    const shell = w.start('console', ['shell', 'web-1', '--shell', '/bin/sh'])
    shell.child.stdin?.write('echo up $((1+1))\n')
    await until(() => shell.stdout.includes('up 2'), 'the shell')
    t.equal((await w.rconsole(['reset', 'web-1'])).status, 0)
    t.equal((await run.exit).status, 255)
    t.match((await shell.exit).stderr, /web-1 was reset by /)
    t.match(await w.ok(['ls', 'web-1']), /online \(reset by /)
    t.equal(await w.ok(['run', 'web-1', '-c', `pgrep -fc "^sleep ${seconds}"`]), '1\n')
  })

  await t.test('reset --restart asks the service for a new process with 75', async (t) => {
    const other = await w.startAgent('web-2', await w.token())
    t.equal((await w.rconsole(['reset', 'web-2', '--restart'])).status, 0)
    t.equal((await other.exit).status, 75)
  })

  await t.test('kill needs --yes without a terminal', async (t) => {
    const { status, stderr } = await w.rconsole(['kill', 'web-1'])
    t.equal(status, 2)
    t.match(stderr, 'kill: expected --yes')
    t.notOk(agent.isOver)
  })

  await t.test('kill: the agent exits 0, its runs end, everyone sees by whom', async (t) => {
    t.equal((await w.rconsole(['kill', 'web-1', '--yes'])).status, 0)
    t.equal((await agent.exit).status, 0)
    const killed = await w.machine('web-1')
    t.equal(killed['state'], 'killed')
    t.ok(killed['by'])
  })

  await t.test('the same command without the token brings it back under the same id', async (t) => {
    await w.startAgent('web-1')
    t.match(await w.machine('web-1'), { id, state: 'online' })
  })
})
