// Revocation on real processes: at once through an honest relay, and carried inside the seal past one that hides it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { added } from '../people.ts'
import { checkRefused } from '../refused.ts'
import { until } from '../until.ts'
import { type Running, world } from '../world.ts'

/** A relay that is not there: what is signed meanwhile stays in the folder. */
const NOWHERE = ['--relay', 'http://127.0.0.1:1']

async function isUp(shell: Running): Promise<void> {
  shell.child.stdin?.write('echo up $((1+1))\n')
  await until(() => shell.stdout.includes('up 2'), 'the shell is there', 20_000)
}

/** Milliseconds between two lines of a log, by its own clock. */
function between(log: string, one: RegExp, other: RegExp): number {
  const entries = log.split('\n').filter((line) => line.startsWith('{'))
  const at = (wanted: RegExp): number =>
    JSON.parse(entries.findLast((line) => wanted.test(line)) ?? '{}').time
  return at(other) - at(one)
}

t.test('55. a revoked operator’s live shell closes at once; their run goes on', async (t) => {
  const w = await world(t, 'web-1')
  const bob = await added(w, 'bob', '--role', 'operator')
  const file = join(w.folder, 'ran')
  const run = bob.start(
    'run',
    'web-1',
    '-n',
    '-c',
    `while ! [ -e ${w.folder}/end ]; do sleep 0.05; done; echo x > ${file}`,
  )
  const shell = bob.start('shell', 'web-1', '--shell', '/bin/sh')
  await isUp(shell)
  await until(() => w.read('web-1', 'ragent.log').includes('"action":"run"'), 'the run is there', 20_000)
  await w.ok(['operator', 'revoke', 'bob', '--yes'])
  const { status, stderr } = await shell.exit
  t.equal(status, 255)
  t.match(stderr, /bob was revoked/)
  t.match(await run.exit, { status: 255, stderr: /bob was revoked/ })
  const ended = /"action":"shell".*"(done|failed)"/
  await until(() => ended.test(w.read('web-1', 'ragent.log')), 'the agent has ended it', 20_000)
  const took = between(w.read('web-1', 'ragent.log'), /fleet document adopted/, ended)
  t.ok(took < 1000, `${took} ms after the document came`)
  await w.ok(['run', 'web-1', '-n', '--', 'touch', join(w.folder, 'end')])
  await until(() => w.read('ran') === 'x\n', 'the run goes on to its end')
})

t.test('19. a revocation that the relay withholds is carried by a console', async (t) => {
  const w = await world(t, 'web-1')
  const [bob, carol] = [
    await added(w, 'bob', '--role', 'operator'),
    await added(w, 'carol', '--role', 'viewer'),
  ]
  await carol.ok('ls')
  const shell = bob.start('shell', 'web-1', '--shell', '/bin/sh')
  await isUp(shell)
  // Signed, and no relay has it: exactly what the machine sees of a relay that hides it.
  const said = await w.rconsole([...NOWHERE, 'operator', 'revoke', 'bob', '--yes'])
  t.match(
    said.stderr,
    /cannot be reached: nothing is lost, and nobody knows it yet. Run `rconsole fleet publish`/,
  )
  t.match(await bob.rconsole('run', 'web-1', '-n', '--', 'true'), { status: 0 }, 'bob goes on')
  await w.ok(['ping', 'web-1'])
  t.equal((await shell.exit).status, 255, 'one word of an honest console ends his shell')
  const answer = await bob.rconsole('run', 'web-1', '-n', '--', 'true')
  checkRefused(t, 'a new hello of his', answer, { program: 'console', status: 255, line: /bob was revoked/ })

  const before = await carol.version()
  await carol.ok('ping', 'web-1')
  t.equal(await carol.version(), before + 1, 'the agent hands it to consoles whose own is older')

  await w.ok(['fleet', 'publish'])
  checkRefused(t, 'the relay', await bob.rconsole('ls'), {
    program: 'console',
    status: 1,
    line: /bob was revoked/,
  })
})

t.test('a machine that was away adopts the newest document before it listens to anyone', async (t) => {
  const w = await world(t, 'web-1')
  const bob = await added(w, 'bob', '--role', 'operator')
  await w.agents[0]?.stop()
  await w.ok(['operator', 'revoke', 'bob', '--yes'])
  await w.startAgent('web-1')
  const log = w.read('web-1', 'ragent.log')
  t.match(await w.ok(['ping', 'web-1']), /ms/)
  const fleet = readFileSync(join(w.folder, 'web-1', 'fleet.jws'), 'latin1')
  t.equal(fleet, readFileSync(join(w.folder, 'relay', 'fleet.jws'), 'latin1'))
  t.notMatch(log, /"operator":"bob"/)
  t.equal((await bob.rconsole('run', 'web-1', '-n', '--', 'true')).status, 255)
})

t.test('two signers never overwrite each other, and a relay that is away loses nothing', async (t) => {
  const w = await world(t)
  await added(w, 'bob', '--role', 'operator')
  const copy = join(w.folder, 'copy')
  await w.ok(['run', '--help'])
  const { cpSync } = await import('node:fs')
  cpSync(w.home, copy, { recursive: true })
  const other = (...args: readonly string[]) => w.rconsole(['--home', copy, ...args])
  await w.ok(['operator', 'token', 'one', '--role', 'viewer'])
  t.match(await other('operator', 'token', 'two', '--role', 'viewer'), { status: 0 })
  const names = async () => (await w.ok(['fleet', 'publish']), await w.ok(['operator', 'ls']))
  t.match(await names(), /one(.|\n)*two/, 'the second was made from the first')
  await w.ok([...NOWHERE, 'operator', 'revoke', 'one', '--yes'])
  await w.ok([...NOWHERE, 'operator', 'revoke', 'two', '--yes'])
  await w.ok(['fleet', 'publish'])
  t.match(
    await other('operator', 'token', 'three', '--role', 'viewer'),
    { status: 0 },
    'two that waited are one step',
  )
  await w.ok([...NOWHERE, 'operator', 'revoke', 'bob', '--yes'])
  await other('operator', 'token', 'four', '--role', 'viewer')
  const parted = await w.rconsole(['fleet', 'publish'])
  checkRefused(t, 'parted', parted, {
    program: 'console',
    status: 1,
    line: /someone else has published .*--theirs/,
  })
  await w.ok(['fleet', 'publish', '--theirs'])
  await w.ok(['operator', 'revoke', 'bob', '--yes'])
  t.match(await names(), /revoked(.|\n)*three(.|\n)*four/)
})
