// Changing signers as docs/operating.md says: each line of its three pages is run, on real processes.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { operatorIdentity } from '../../console/people.ts'
import { added, Person } from '../people.ts'
import { checkRefused } from '../refused.ts'
import { until } from '../until.ts'
import { World } from '../world.ts'

/** The commands on the page `title`, in their order, without the `rconsole`. */
function commandsOf(title: string): string[][] {
  const page =
    readFileSync('docs/operating.md', 'utf8')
      .split(/^##+ /m)
      .find((text) => text.startsWith(`${title}\n`)) ?? ''
  const lines = [...page.matchAll(/^ {4}rconsole (.+)$/gm)]
  return lines.map(([, line = '']) => line.split(' '))
}

/** A fleet of alice, whose 24 words are in a file, with a machine of her own token. */
async function owned(test: Test): Promise<World & { token: string; words: string }> {
  const w = new World(test)
  const made = JSON.parse(await w.ok(['init', '--name', 'alice', '--no-passphrase', '--json']))
  w.fleet = made.fleet
  const words = join(w.folder, 'words.txt')
  writeFileSync(words, made.recovery.split(' ').join('\n'), { mode: 0o600 })
  await w.startRelay()
  return Object.assign(w, { token: await w.token('--label', 'env=prod'), words })
}

/** Run a line of the documents in `home`; what stands for something is replaced by it. */
async function follow(
  w: World & { words: string },
  home: string,
  line: readonly string[],
  key = '',
): Promise<string> {
  const said = line.map((word) =>
    word.replace('https://relay.example', w.url).replace('words.txt', w.words).replace('KEY', key),
  )
  const flags = said.includes('recover') ? ['--no-passphrase'] : []
  return await w.ok(['--home', home, ...said, ...(said.includes('rotate') ? ['--no-passphrase'] : flags)])
}

const isOnline = (person: Person, name: string) => async (): Promise<boolean> => {
  const { status, stdout } = await person.rconsole('ls', name, '--json')
  return status === 0 && stdout.includes('"online"')
}

t.test('rotating a signer', async (t) => {
  const w = await owned(t)
  const agent = await w.startAgent('web-1', w.token)
  const before = w.read('console', 'signer.key')
  const [rotate = [], show = [], ...more] = commandsOf('Rotating a signer')
  t.strictSame(more, [])
  await follow(w, w.home, rotate)
  t.match(await follow(w, w.home, show), /version 2/)
  t.match(JSON.parse(await w.ok(['fleet', 'show', '--json'])), { signers: 2, v: 2, fleet: w.fleet })
  await until(() => agent.stderr.includes('fleet document adopted'), 'the machine follows')
  t.equal(await w.ok(['run', 'web-1', '--', 'echo', 'here']), 'here\n')
  await w.startAgent('web-2', w.token)
  t.equal(await w.ok(['run', 'web-2', '--', 'echo', 'too']), 'too\n', 'a token from before joins a machine')
  await w.ok(['operator', 'token', 'ci', '--role', 'viewer'])
  writeFileSync(join(w.home, 'signer.key'), before)
  const old = await w.rconsole(['operator', 'token', 'x', '--role', 'admin'])
  checkRefused(t, 'the old key', old, { program: 'console', status: 1, line: /none of the fleet’s any more/ })
  for (const [what, text, line] of [
    ['no words', 'one two three', /expected the 24 words/],
    [
      'another fleet',
      JSON.parse(await w.ok(['--home', join(w.folder, 'other'), 'init', '--no-passphrase', '--json']))
        .recovery,
      /these words are of fleet/,
    ],
  ] as const) {
    writeFileSync(w.words, text)
    checkRefused(
      t,
      what,
      await w.rconsole([...rotate.map((word) => word.replace('words.txt', w.words)), '--no-passphrase']),
      {
        program: 'console',
        status: what === 'no words' ? 2 : 1,
        line,
      },
    )
  }
})

t.test('a lost laptop', async (t) => {
  const w = await owned(t)
  const bob = await added(w, 'bob', '--role', 'operator')
  const carol = await added(w, 'carol', '--role', 'admin')
  const token = JSON.parse(await carol.ok('token', 'new', '--json')).token
  await w.startAgent('web-1', token)
  t.ok(await isOnline(carol, 'web-1')(), 'an admin who stays has signed for it')
  await w.startAgent('web-2', w.token)
  await w.ok(['ls'])

  const alice = new Person(w, 'alice-2')
  const [recover = [], ls = [], revoke = [], lsAgain = [], ...more] = commandsOf('Lost laptop')
  t.strictSame(more, [])
  t.match(await follow(w, alice.home, recover), `fleet ${w.fleet}\n`)
  t.match(
    await follow(w, alice.home, ls),
    /web-1 +online(.|\n)*web-2 +online/,
    'no machine is lost with the laptop',
  )
  t.match(await bob.rconsole('run', 'web-1', '-n', '--', 'true'), { status: 0 })
  await follow(w, alice.home, revoke)
  await follow(w, alice.home, lsAgain)
  for (const name of ['web-1', 'web-2'])
    await until(isOnline(alice, name), `${name} is signed for anew`, 60_000)
  checkRefused(t, 'the lost key', await w.rconsole(['ls']), {
    program: 'console',
    status: 1,
    line: /alice-old was revoked/,
  })
  const signed = await w.rconsole(['operator', 'token', 'x', '--role', 'admin'])
  checkRefused(t, 'the lost signer', signed, {
    program: 'console',
    status: 1,
    line: /none of the fleet’s any more/,
  })
  await alice.ok('operator', 'token', 'ci', '--role', 'viewer')
})

t.test('a stolen laptop', async (t) => {
  const w = await owned(t)
  const bob = await added(w, 'bob', '--role', 'operator')
  // What a thief does first: an admin of their own, under an honest name.
  const thief = operatorIdentity()
  const agent = await w.startAgent('web-1', w.token)
  await w.ok(['operator', 'add', 'zoe', thief.public, '--role', 'admin'])
  const shell = w.start('console', ['shell', 'web-1', '--shell', '/bin/sh'])
  shell.child.stdin?.write('echo up $((1+1))\n')
  await until(() => shell.stdout.includes('up 2'), 'the thief is there', 20_000)

  const alice = new Person(w, 'alice-2')
  const [recover = [], add = [], machineLs = [], accept = [], ...more] = commandsOf('Stolen laptop')
  t.strictSame(more, [])
  await follow(w, alice.home, recover)
  t.equal((await shell.exit).status, 255, 'the thief’s shell is closed')
  t.match(agent.stderr, /fleet document adopted/)
  const names = (await alice.ok('operator', 'ls', '--json'))
    .trim()
    .split('\n')
    .map((row) => JSON.parse(row).name)
  t.strictSame(names, ['alice'])
  checkRefused(t, 'the stolen key', await w.rconsole(['ls']), {
    program: 'console',
    status: 1,
    line: /not an operator of this fleet/,
  })
  const signed = await w.rconsole(['operator', 'add', 'zoe', thief.public, '--role', 'admin'])
  checkRefused(t, 'the stolen signer', signed, {
    program: 'console',
    status: 1,
    line: /none of the fleet’s any more/,
  })

  const asked = await bob.rconsole('ls')
  const [, key = ''] = /rconsole operator add bob ([\w-]{43}) --role operator/.exec(asked.stderr) ?? []
  await follow(w, alice.home, add, key)
  await bob.ok('ls')
  const listed = await follow(w, alice.home, [...machineLs, '--json'])
  // Nobody's word on it counts any more; what it was called is hearsay.
  const { id, standing } = JSON.parse(listed)
  t.match(standing, /orphaned|refused/)
  await follow(w, alice.home, [...accept.map((word) => word.replace('ID', id)), '--yes'])
  await until(isOnline(bob, 'web-1'), 'the machine is back', 60_000)
  await w.startAgent('web-2', JSON.parse(await alice.ok('token', 'new', '--json')).token)
  t.match(await bob.rconsole('run', 'web-2', '-n', '--', 'true'), { status: 0 }, 'and the fleet goes on')
})
