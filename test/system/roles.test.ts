// Roles and scopes on real processes: the agent says no, in one line with its reason and what would allow it.
import t from 'tap'
import { fromBase64url } from '../../protocol/bytes.ts'
import { bringStatement } from '../../protocol/http.ts'
import { identity, type Identity } from '../../protocol/keys.ts'
import { issueMachine } from '../../protocol/membership.ts'
import { parseRelayUrl } from '../../protocol/relay-url.ts'
import { added } from '../people.ts'
import { checkRefused } from '../refused.ts'
import { until } from '../until.ts'
import { world } from '../world.ts'

t.test('roles', async (t) => {
  const w = await world(t)
  await w.startAgent('dev-1', await w.token('--label', 'env=dev'))

  await t.test('37. what each role may do', async (t) => {
    const online = () =>
      until(async () => (await w.machine('dev-1'))['state'] === 'online', 'dev-1 is there', 30_000)
    const people = {
      viewer: await added(w, 'vera', '--role', 'viewer'),
      operator: await added(w, 'otto', '--role', 'operator'),
      admin: await added(w, 'anna', '--role', 'admin'),
    }
    const may: [least: keyof typeof people, args: readonly string[], refused: number][] = [
      ['viewer', ['ls', 'dev-1'], 1],
      ['viewer', ['facts', 'dev-1'], 1],
      ['viewer', ['ping', 'dev-1'], 1],
      ['operator', ['run', 'dev-1', '-n', '--', 'true'], 255],
      ['operator', ['shell', 'dev-1'], 255],
      ['operator', ['disconnect', 'dev-1'], 1],
      ['admin', ['token', 'new'], 1],
      ['admin', ['disconnect', 'dev-1', '--for', '1s'], 1],
      ['admin', ['reset', 'dev-1'], 1],
      ['admin', ['kill', 'dev-1', '--yes'], 1],
    ]
    const ranks = ['viewer', 'operator', 'admin'] as const
    for (const [least, args, refused] of may) {
      // The least role that may, and the highest one that may not.
      const at = ranks.indexOf(least)
      for (const role of ranks.slice(Math.max(0, at - 1), at + 1)) {
        const what = `${role}: ${args.join(' ')}`
        const isAllowed = role === least
        const answer = await people[role].rconsole(...args)
        if (isAllowed) t.equal(answer.status, 0, `${what}: ${answer.stderr}`)
        else {
          const line =
            args[0] === 'token'
              ? /\w+ is \w+, this needs admin/
              : /dev-1 refuses \w+: \w+ is \w+, this needs \w+; .*operator add/
          checkRefused(t, what, answer, { program: 'console', status: refused, line })
        }
        if (isAllowed && args[0] === 'disconnect') await online()
      }
    }
  })
})

t.test('scopes', async (t) => {
  const w = await world(t)
  const machines = ['dev-1', 'prod-1']
  await w.startAgent('dev-1', await w.token('--label', 'env=dev', '--label', 'role=web'))
  await w.startAgent('prod-1', await w.token('--label', 'env=prod', '--label', 'role=web'))

  await t.test('38. a scope: one of the values of a label, of each label', async (t) => {
    const cases: [scope: readonly string[], reached: readonly string[]][] = [
      [['env=dev'], ['dev-1']],
      [['env=dev', 'env=prod'], machines],
      [['env=dev', 'role=web'], ['dev-1']],
      [['env=dev', 'role=db'], []],
      [['team=red'], []],
    ]
    const person = await added(w, 'sara', '--role', 'operator')
    const { key } = JSON.parse((await w.ok(['operator', 'ls', '--json'])).trim().split('\n').at(-1) ?? '')
    for (const [scope, reached] of cases) {
      const flags = scope.flatMap((pair) => ['--scope', pair])
      await w.ok(['operator', 'add', 'sara', key, '--role', 'operator', ...flags])
      for (const machine of machines) {
        const answer = await person.rconsole('run', machine, '-n', '--', 'true')
        const what = `${scope.join(' ')} on ${machine}`
        if (reached.includes(machine)) t.equal(answer.status, 0, `${what}: ${answer.stderr}`)
        else checkRefused(t, what, answer, { program: 'console', status: 255, line: /refuses|may reach/ })
      }
    }
  })

  await t.test('38. a machine whose label an admin changes is out of reach at once', async (t) => {
    const person = await added(w, 'lars', '--role', 'operator', '--scope', 'env=dev')
    const shell = person.start('shell', 'dev-1', '--shell', '/bin/sh')
    shell.child.stdin?.write('echo up $((1+1))\n')
    await until(() => shell.stdout.includes('up 2'), 'the shell is there')
    const admin = identityIn(w.read('console', 'operator.key'))
    const { id } = await w.machine('dev-1')
    const agent = identityIn(w.read('dev-1', 'agent.json')).public
    const statement = issueMachine(admin, {
      fleet: w.fleet,
      agent,
      by: admin.public,
      n: 1000,
      name: 'dev-1',
      labels: { env: 'prod', role: 'web' },
      exp: Math.floor(Date.now() / 1000) + 3600,
      accepted: true,
    })
    await bringStatement(parseRelayUrl(w.url), '/machines', statement)
    t.equal((await shell.exit).status, 255)
    const answer = await person.rconsole('run', 'dev-1', '-n', '--', 'true')
    checkRefused(t, 'label changed', answer, { program: 'console', status: 255, line: /may reach env=dev/ })
    t.equal((await w.machine('dev-1'))['id'], id)
  })
})

function identityIn(text: string): Identity {
  return identity(fromBase64url(JSON.parse(text).seed))
}
