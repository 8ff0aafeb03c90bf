// New operators on real processes: their key, the line they send, their first command, and bad input.
import { existsSync } from 'node:fs'
import t from 'tap'
import { operatorIdentity } from '../../console/people.ts'
import { login, Person } from '../people.ts'
import { checkRefused } from '../refused.ts'
import { world } from '../world.ts'

t.test('people', async (t) => {
  const w = await world(t)

  await t.test('whoever has logged in and is not added yet is told which line to send', async (t) => {
    const bob = new Person(w, 'bob')
    const { stdout } = await bob.rconsole(
      'login',
      '--relay',
      `${w.url}#${w.fleet}`,
      '--name',
      'bob',
      '--no-passphrase',
    )
    const line = stdout.toString().trim()
    t.match(line, /^rconsole operator add bob [\w-]{43} --role operator$/)
    const answer = await bob.rconsole('ls')
    checkRefused(t, 'not yet', answer, { program: 'console', status: 1, line: /send this line to whoever/ })
    t.ok(answer.stderr.includes(line))
    const [, ...words] = line.split(' ')
    t.match(await w.ok(words), `rconsole --relay ${w.url}#${w.fleet} ls\n`)
    await bob.ok('ls')
    const again = await bob.rconsole('login', '--relay', `${w.url}#${w.fleet}`, '--name', 'bob')
    checkRefused(t, 'twice', again, { program: 'console', status: 1, line: /never overwritten/ })
  })

  await t.test(
    'a relay that is not on this machine needs a pin; on it, its word is taken, and said',
    async (t) => {
      const eve = new Person(w, 'eve')
      const loginLine = ['login', '--name', 'eve', '--no-passphrase']
      const far = await eve.rconsole('--relay', 'https://relay.example', ...loginLine)
      checkRefused(t, 'no pin', far, {
        program: 'console',
        status: 2,
        line: /expected https:\/\/relay.example#FLEETID/,
      })
      t.notOk(existsSync(eve.home))
      const other = await eve.rconsole('--relay', `${w.url}#${'A'.repeat(20)}`, ...loginLine)
      checkRefused(t, 'another fleet', other, { program: 'console', status: 1, line: /expected fleet A{20}/ })
      const near = await eve.rconsole('--relay', w.url, ...loginLine)
      t.match(near.stderr, `this is ${w.fleet}, on the word of the relay`)
      const nowhere = new Person(w, 'nowhere')
      const key = await nowhere.ok(
        '--relay',
        `http://127.0.0.1:1#${w.fleet}`,
        'login',
        '--name',
        'n',
        '--no-passphrase',
        '--json',
      )
      t.match(JSON.parse(key), { name: 'n' }, 'with a pin no relay is needed')
      t.match(await nowhere.rconsole('ls'), { status: 1, stderr: /operator add n/ })
    },
  )

  await t.test('bad input to operator, in one line', async (t) => {
    const key = operatorIdentity().public
    const cases: [string, readonly string[], number, RegExp][] = [
      ['no key', ['operator', 'add', 'x', '--role', 'viewer'], 2, /missing required argument 'key'/],
      ['no role', ['operator', 'add', 'x', key], 2, /--role/],
      [
        'not a key',
        ['operator', 'add', 'x', 'bob', '--role', 'viewer'],
        2,
        /expected a key of 43 characters/,
      ],
      [
        'unknown role',
        ['operator', 'add', 'x', key, '--role', 'root'],
        2,
        /expected viewer, operator, admin/,
      ],
      [
        'not a scope',
        ['operator', 'add', 'x', key, '--role', 'viewer', '--scope', 'dev'],
        2,
        /--scope: expected/,
      ],
      ['not a name', ['operator', 'add', 'a b', key, '--role', 'viewer'], 2, /expected up to 40/],
      ['nobody', ['operator', 'revoke', 'nobody', '--yes'], 1, /no operator is called nobody/],
      ['without --yes', ['operator', 'revoke', 'vera'], 2, /expected --yes/],
    ]
    for (const [what, args, status, line] of cases)
      checkRefused(t, what, await w.rconsole(args), { program: 'console', status, line })
    const before = await login(w, new Person(w, 'twice'))
    await w.ok(['operator', 'add', 'twice', before, '--role', 'viewer'])
    await w.ok(['operator', 'revoke', 'twice', '--yes'])
    const answer = await w.rconsole(['operator', 'add', 'twice', before, '--role', 'viewer'])
    checkRefused(t, 'revoked key', answer, { program: 'console', status: 1, line: /this key was revoked/ })
  })
})
