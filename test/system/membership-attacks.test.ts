// Who is a machine, against a relay whose disk an attacker has: what is forged, and what is old.
import { writeFileSync } from 'node:fs'
import t from 'tap'
import { bringStatement, fetchStatement } from '../../protocol/http.ts'
import { identity } from '../../protocol/keys.ts'
import { issueJoin, issueMachine, machineClaims } from '../../protocol/membership.ts'
import { parseRelayUrl } from '../../protocol/relay-url.ts'
import { readToken } from '../../protocol/token.ts'
import { isOnline, machinesFile, makeToken, meanwhile, refuses, statementOn, tokenIn } from '../enrolment.ts'
import { world } from '../world.ts'

t.test('the relay’s data in an attacker’s hands', async (t) => {
  const w = await world(t, 'web-1')
  const { id } = await w.machine('web-1')
  const first = statementOn(w, id)
  await w.ok(['machine', 'label', 'web-1', 'env=dev'])

  await t.test('an old statement', async (t) => {
    const newest = statementOn(w, id)
    await meanwhile(w, (data) => writeFileSync(machinesFile(data), `${JSON.stringify([id, first])}\n`))
    await refuses(t, w, 'web-1', /shows statement 1 about it, this console has seen 2/)
    await bringStatement(parseRelayUrl(w.url), '/machines', newest)
    await isOnline(w, 'web-1')
    t.match((await w.machine('web-1'))['labels'], { env: 'dev' })
  })

  await t.test('a forged statement, and one that another brings', async (t) => {
    const stranger = identity()
    const body = { ...machineClaims(statementOn(w, id)), by: stranger.public, n: 9, labels: { env: 'prod' } }
    const forged = issueMachine(stranger, body)
    const relay = parseRelayUrl(w.url)
    await t.rejects(bringStatement(relay, '/machines', forged), { code: 'BAD_SIGNATURE' })
    const held = statementOn(w, id)
    await meanwhile(w, (data) => writeFileSync(machinesFile(data), `${JSON.stringify([id, forged])}\n`))
    await refuses(t, w, String(id), /signed for, as web-1, by someone who is no admin/)
    t.equal(await w.ok(['ls', 'env=prod']).catch(() => 'none'), 'none', 'its labels choose nothing')
    await meanwhile(w, (data) => writeFileSync(machinesFile(data), `${JSON.stringify([id, held])}\n`))
    await isOnline(w, 'web-1')
    t.match(w.read('web-1', 'machine.jws'), held, 'and the agent took none of it')
  })

  await t.test('11. a token used to claim the key of a machine that is there already', async (t) => {
    const made = await makeToken(w, '--label', 'env=mine')
    const relay = parseRelayUrl(w.url)
    const { join: token } = readToken(made.token)
    const grant = await fetchStatement(relay, `/grants/${token.public}`)
    const { agent } = machineClaims(statementOn(w, id))
    const join = issueJoin(
      token,
      { ...identity(), public: agent },
      {
        fleet: w.fleet,
        name: 'mine',
        grant,
        iat: Math.floor(Date.now() / 1000),
      },
    )
    await t.rejects(bringStatement(relay, '/joins', join), { code: 'BAD_SIGNATURE' })
    t.match((await tokenIn(w, made.id))['uses'], [])
    t.match(await w.machine('web-1'), { state: 'online', labels: { env: 'dev' } })
  })
})
