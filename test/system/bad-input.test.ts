// Bad input to rconsole: one clear line on stderr and the right status, never a stack trace.
import { spawn } from 'node:child_process'
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join, resolve } from 'node:path'
import t from 'tap'
import { dial } from '../../protocol/dial.ts'
import { issuePresence } from '../../protocol/presence.ts'
import { parseRelayUrl } from '../../protocol/relay-url.ts'
import { fakeRelay, listen, type FakeRelay } from '../fake-relay.ts'
import { type Case, checkRefused, refused } from '../refused.ts'
import { until } from '../until.ts'
import { Running, World, world } from '../world.ts'

t.test('rconsole', async (t) => {
  const w = await world(t, 'web-1')
  const relay = parseRelayUrl(w.url)
  const token = await w.token()
  for (let twin = 0; twin < 2; twin++) await w.enrol(token, 'twin')

  await t.test('targets', async (t) => {
    await refused(t, w, 'console', [
      ['unknown machine, run', ['run', 'nowhere', '--', 'true'], 255, /no machine matches nowhere/],
      ['unknown machine, shell', ['shell', 'nowhere'], 255, /no machine matches nowhere/],
      ['unknown machine, connect', ['connect', 'nowhere'], 255, /no machine matches nowhere/],
      ['unknown machine, facts', ['facts', 'nowhere'], 1, /no machine matches nowhere/],
      ['unknown machine, kill', ['kill', 'nowhere', '--yes'], 1, /no machine matches nowhere/],
      ['ambiguous name, run', ['run', 'twin', '--', 'true'], 255, /2 machines are called twin: .+ by its id/],
      ['ambiguous name, ping', ['ping', 'twin'], 1, /2 machines are called twin/],
      ['ambiguous name, ls', ['ls', 'twin'], 1, /2 machines are called twin/],
      ['target matching nothing', ['ls', 'db-*'], 1, /no machine matches db-\*/],
      ['label matching nothing', ['ls', 'env=nope'], 1, /no machine matches env=nope/],
      ['everything excluded', ['ls', '@all', '!@all'], 1, /no machine matches/],
      ['only exclusions', ['ls', '!web-1'], 2, /expected a machine/],
      ['a word that is no name', ['run', '\u001b[31m', '--', 'true'], 255, /no machine matches/],
      ['a machine that is away', ['run', 'web-1', '--', '/no/such/program'], 255, /no\/such\/program/],
    ])
    await w.agents[0]?.stop()
    await until(async () => (await w.machine('web-1'))['state'] === 'offline', 'it is away')
    await refused(t, w, 'console', [
      ['offline', ['run', 'web-1', '--', 'true'], 255, /web-1 is offline .*nothing was sent/],
      ['offline, ping', ['ping', 'web-1'], 1, /web-1 is offline/],
    ])
  })

  await t.test('usage', async (t) => {
    await refused(t, w, 'console', [
      ['unknown subcommand', ['frobnicate'], 2, /frobnicate|too many arguments/],
      ['unknown flag', ['ls', '--frob'], 2, /unknown option '--frob'/],
      ['nearly a flag', ['ls', '--jsn'], 2, /unknown option '--jsn'/],
      ['flag without its value', ['run', 'web-1', '--timeout'], 2, /--timeout/],
      ['bad time', ['run', 'web-1', '--timeout', 'soon', '--', 'true'], 2, /--timeout: expected a time/],
      ['no target, run', ['run', '--', 'true'], 2, /run: expected machines/],
      ['no target, shell', ['shell'], 2, /missing required argument/],
      ['no target, kill', ['kill'], 2, /missing required argument/],
      ['nothing to run', ['run', 'web-1'], 2, /expected either a program after -- or a line/],
      ['two things to run', ['run', 'web-1', '-c', 'ls', '--', 'ls'], 2, /expected either/],
      ['kill without --yes', ['kill', 'web-1'], 2, /expected --yes/],
      ['bad label', ['token', 'new', '--label', 'a b=c'], 2, /--label: expected/],
      ['bad count', ['token', 'new', '--max', '-1'], 2, /--max/],
      ['unknown subcommand of a subcommand', ['token', 'nwe'], 2, /nwe/],
    ])
  })

  await t.test('relays', async (t) => {
    const other = createServer((_request, answer) => answer.end('another server\n'))
    const otherUrl = await listen(t, other)
    const cases = (args: readonly string[], status: number): readonly Case[] => [
      ['wrong URL', ['--relay', 'relay.example', ...args], 2, /expected a relay URL like https/],
      ['another scheme', ['--relay', 'ftp://relay.example', ...args], 2, /expected a relay URL like/],
      ['a path', ['--relay', 'https://relay.example/x', ...args], 2, /without path, query or user/],
      ['not encrypted', ['--relay', 'http://relay.example', ...args], 2, /is not encrypted: use https/],
      ['not there', ['--relay', 'http://127.0.0.1:1', ...args], status, /cannot reach .*ECONNREFUSED/],
      ['not a relay', ['--relay', otherUrl, ...args], status, /cannot reach the relay|is it a relay of ours/],
      [
        'pin of another fleet',
        ['--relay', `${w.url}#${'A'.repeat(20)}`, ...args],
        status,
        /belongs to fleet .*, the URL names A{20}/,
      ],
    ]
    await refused(t, w, 'console', cases(['run', 'web-1', '--', 'true'], 255))
    await refused(t, w, 'console', cases(['ls'], 1))
    await refused(t, w, 'console', cases(['token', 'new'], 1))
  })

  await t.test('another version of the protocol', async (t) => {
    const newer = await fakeRelay(t, (socket) =>
      socket.emit('challenge', { proto: 2, nonce: 'A'.repeat(43) }, () => undefined),
    )
    const older = /the relay speaks protocol 2, this program 1: update the older one/
    await refused(t, w, 'console', [
      ['a newer relay, ls', ['--relay', newer.url, 'ls'], 1, older],
      ['a newer relay, run', ['--relay', newer.url, 'run', 'web-1', '--', 'true'], 255, older],
    ])

    const { enrolled, fleet } = await w.enrol(token, 'future')
    const { identity } = enrolled
    const presence = issuePresence(identity, {
      fleet: fleet.body.fleet,
      agent: identity.public,
      proto: 2,
      pre: Buffer.alloc(32, 9).toString('base64url'),
      boot: Buffer.alloc(16).toString('base64url'),
      iat: Math.floor(Date.now() / 1000),
      host: 'future',
      os: 'future',
      ver: '9',
      policy: { mode: 'full' },
    })
    const link = dial({
      relay,
      as: 'agent',
      identity,
      fleet: fleet.body.fleet,
      events: { ...QUIET, up: () => void link.presence(presence) },
    })
    t.teardown(() => link.close())
    await until(async () => (await w.machine('future'))['state'] === 'online', 'the newer agent')
    await refused(t, w, 'console', [
      ['a newer agent', ['run', 'future', '--', 'true'], 255, /future speaks protocol 2, this console 1/],
    ])
  })

  await t.test('a relay’s own words', async (t) => {
    const says = (code: string, message: string): Promise<FakeRelay> =>
      fakeRelay(t, (socket) => socket.emit('refused', { code, message, after: 2 ** 52 }))
    const hostile = await says('REFUSED', 'go\nrconsole: done\u001b]52;c;QQ==\u0007\u009b31m')
    const liar = await says('TIMED_OUT', 'web-1: timed out; everything it started was ended')
    const run = ['run', 'web-1', '--', 'true']
    await refused(t, w, 'console', [
      ['escapes and lines', ['--relay', hostile.url, ...run], 255, /the relay refuses: go rconsole: done·/],
      ['the word of a machine', ['--relay', liar.url, ...run], 255, /the relay refuses: web-1: timed out/],
    ])
  })
})

/** With a relay that is never reached: the folder is looked at first. */
const inHome = (home: string, ...args: string[]): string[] => [
  '--relay',
  'http://127.0.0.1:1',
  '--home',
  home,
  ...args,
]

t.test('rconsole’s own folder', async (t) => {
  const w = new World(t)
  await w.init()
  const made = (name: string): string => {
    const home = join(w.folder, name)
    mkdirSync(home, { mode: 0o700 })
    return home
  }
  const file = join(w.folder, 'file')
  writeFileSync(file, '')
  const damaged = made('damaged')
  writeFileSync(join(damaged, 'config.json'), '{', { mode: 0o600 })
  await refused(t, w, 'console', [
    ['no fleet yet', inHome(made('empty'), 'ls'), 1, /belongs to no fleet yet: run `rconsole init`/],
    [
      'no fleet yet, run',
      inHome(join(w.folder, 'empty'), 'run', 'm', '--', 'true'),
      255,
      /belongs to no fleet/,
    ],
    ['not a folder', inHome(file, 'ls'), 1, /cannot use the folder .*EEXIST/],
    ['below a file', inHome(join(file, 'x'), 'ls'), 1, /cannot use the folder .*ENOTDIR/],
    ['damaged settings', inHome(damaged, 'ls'), 1, /config\.json is damaged/],
    ['a fleet is there already', ['init', '--no-passphrase'], 1, /never overwritten/],
    ['no passphrase to ask for', ['--home', made('new'), 'init'], 2, /RCONSOLE_PASSPHRASE/],
  ])

  const key = join(w.home, 'operator.key')
  chmodSync(key, 0o644)
  await refused(t, w, 'console', [
    ['wide key', inHome(w.home, 'ls'), 1, /operator\.key is open to others \(mode 644\): chmod 600/],
  ])
  writeFileSync(key, '{"kind":"operator","seed":"short"}')
  chmodSync(key, 0o600)
  await refused(t, w, 'console', [['damaged key', inHome(w.home, 'ls'), 1, /operator\.key is damaged/]])
  writeFileSync(join(w.home, 'fleet.jws'), 'a.b.c')
  await refused(t, w, 'console', [['damaged document', inHome(w.home, 'ls'), 1, /fleet\.jws is damaged/]])
  chmodSync(w.home, 0o755)
  await refused(t, w, 'console', [
    ['wide home', inHome(w.home, 'run', 'm', '--', 'true'), 255, /is open to others \(mode 755\)/],
  ])
})

t.test(
  'output that cannot be written',
  { skip: existsSync('/dev/full') ? false : 'no /dev/full' },
  async (t) => {
    const w = await world(t, 'web-1')
    for (const [args, status] of [
      [['ls'], 1],
      [['run', 'web-1', '--', 'echo', 'lost'], 255],
    ] as const) {
      const full = openSync('/dev/full', 'w')
      const child = spawn(process.execPath, [resolve('dist/console/main.js'), ...args], {
        env: { ...process.env, RCONSOLE_HOME: w.home, RCONSOLE_RELAY: w.url },
        stdio: ['ignore', full, 'pipe'],
      })
      const answer = await new Running(child).exit
      closeSync(full)
      checkRefused(t, args[0], answer, {
        program: 'console',
        status,
        line: /cannot write the output: ENOSPC/,
      })
    }
  },
)

const nothing = (): void => undefined
const QUIET = {
  up: nothing,
  down: nothing,
  envelope: nothing,
  undeliverable: nothing,
  gone: nothing,
  fleet: nothing,
  machine: nothing,
  twins: nothing,
  roster: nothing,
  head: nothing,
}
