// Tokens through the real programs: made, used, listed, closed.
import t from 'tap'
import { ends, fails, makeToken, ragent, tokenIn } from '../enrolment.ts'
import { until } from '../until.ts'
import { firstLine, world } from '../world.ts'

t.test('a token, from new to closed', async (t) => {
  const w = await world(t)
  const made = await makeToken(w, '--label', 'env=prod', '--max', '2', '--ttl', '2h', '--mode', 'diagnose')
  t.match(made.command, / --token rjt_\S+ --mode diagnose$/, 'the mode is in the command that it prints')
  const agent = await w.startAgent('web-1', made.token)
  t.match(await firstLine(agent), / mode=full \(/, 'and the agent obeys only its own command line')

  const used = await tokenIn(w, made.id)
  const { id } = await w.machine('web-1')
  t.match(used, { state: 'open', labels: { env: 'prod' }, approve: false, mode: 'diagnose', max: 2 })
  t.match(used, { closedBy: null, uses: [{ id, name: 'web-1', at: /^20/ }] }, 'which machine, and when')
  const operator: unknown = JSON.parse(await w.ok(['fleet', 'show', '--json'])).operators[0].name
  t.equal(used['by'], operator, 'who made it')
  t.match(await w.ok(['token', 'ls']), new RegExp(`${made.id}\\s+open.*1/2.*web-1`))

  await w.ok(['token', 'close', made.id])
  t.match(await tokenIn(w, made.id), { state: 'closed', closedBy: operator })
  const again = await w.rconsole(['token', 'close', made.id.slice(0, 4)])
  t.match([again.status, again.stderr], [0, /closed already/], 'again is fine')
  await ends(t, 'a second machine', ragent(w, 'web-2', made.token), 78, /TOKEN|closed/)
  await w.relay?.stop()
  await w.startRelay()
  await ends(t, 'a relay started again', ragent(w, 'web-3', made.token), 78, /closed/)
  await until(async () => (await w.machine('web-1'))['state'] === 'online', 'web-1 is back', 20_000)
  t.equal(await w.ok(['run', 'web-1', '--', 'echo', 'hi']), 'hi\n', 'who was signed for stays')

  const small = await makeToken(w, '--max', '1')
  await w.enrol(small.token, 'only')
  t.match(await tokenIn(w, small.id), { state: 'used up', uses: [{ name: 'only' }] })
  await fails(t, w, ['token', 'close', 'zzzz'], /expected the id of a token/, 2)
  await fails(t, w, ['token', 'close', '0'.repeat(8)], /no token begins with/)
  await fails(t, w, ['token', 'new', '--mode', 'root'], /--mode: expected diagnose, allow, full/, 2)
})
