// An operator token, as a pipeline uses it: no folder, nothing written, nothing handed on.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { checkRefused } from '../refused.ts'
import { world } from '../world.ts'

t.test('operator tokens', async (t) => {
  const w = await world(t, 'prod-1')

  await t.test('an operator token works without a folder, and leaves nothing behind', async (t) => {
    const made = JSON.parse(
      await w.ok(['operator', 'token', 'ci', '--role', 'operator', '--ttl', '1d', '--json']),
    )
    t.match(made, { name: 'ci', token: /^rop_[\w-]{44}$/, published: true })
    const empty = t.testdir({})
    const env = {
      RCONSOLE_KEY: made.token,
      RCONSOLE_HOME: join(empty, 'none'),
      HOME: empty,
      XDG_CONFIG_HOME: empty,
    }
    for (const args of [['ls'], ['facts', 'prod-1'], ['ping', 'prod-1']]) {
      t.equal((await w.rconsole(args, { env })).status, 0, args.join(' '))
    }
    t.match(await w.rconsole(['run', 'prod-1', '--', 'echo', 'built'], { env }), { status: 0 })
    t.strictSame(readdirSync(empty), [], 'nothing is written')
    const line =
      (await w.ok(['operator', 'ls', '--json'])).split('\n').find((row) => row.includes('"ci"')) ?? ''
    t.match(JSON.parse(line), { name: 'ci', role: 'operator', token: true, revoked: false })
    const prompt = await w.rconsole(['connect', 'prod-1'], { env, input: 'linux:env | grep -c rop_\n' })
    t.match(prompt.stdout.toString(), /^0$/m, 'and the machine never sees it')

    const middle = made.token[20] === 'A' ? 'B' : 'A'
    const damaged = `${made.token.slice(0, 20)}${middle}${made.token.slice(21)}`
    for (const [what, token, line_] of [
      ['damaged by one character', damaged, /the token is damaged: expected rop_/],
      ['cut short', made.token.slice(0, -1), /the token is damaged/],
      ['a join token', await w.token(), /the token is damaged: expected rop_/],
    ] as const) {
      const answer = await w.rconsole(['ls'], { env: { ...env, RCONSOLE_KEY: token } })
      checkRefused(t, what, answer, { program: 'console', status: 1, line: line_ })
      t.notMatch(answer.stderr, token.slice(4), 'it is not repeated')
    }
    await w.ok(['operator', 'revoke', 'ci', '--yes'])
    const answer = await w.rconsole(['ls'], { env })
    checkRefused(t, 'revoked', answer, { program: 'console', status: 1, line: /ci was revoked/ })
  })
})
