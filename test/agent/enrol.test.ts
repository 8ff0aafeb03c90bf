// Enrolment against a relay that offers what it likes: the token's pin decides, and nothing is kept of what does not hold.
import { createServer } from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { agentIdentity, enrol } from '../../agent/enrol.ts'
import { AgentHome } from '../../agent/home.ts'
import { identity, type Identity, idOf } from '../../protocol/keys.ts'
import { type Grant, issueGrant } from '../../protocol/membership.ts'
import { parseRelayUrl } from '../../protocol/relay-url.ts'
import { newToken, readToken } from '../../protocol/token.ts'
import { listen } from '../fake-relay.ts'
import { newFleet, type TestFleet } from '../protocol/world.ts'

const now = Math.floor(Date.now() / 1000)
const fleet = newFleet(now)
const token = newToken(fleet.pin)
const { join: tokenKey } = readToken(token)

function grant(more: Partial<Grant> = {}, by: Identity = fleet.admin, of: TestFleet = fleet): string {
  return issueGrant(by, {
    fleet: of.pin,
    v: 2,
    by: by.public,
    join: tokenKey.public,
    labels: { env: 'prod' },
    iat: now,
    exp: now + 3600,
    ...more,
  })
}

/** Try to enrol at a relay that shows this document and this grant: a code, or how many joins it got. */
async function outcome(t: Test, document: string, granted: string): Promise<string | number> {
  const joins: string[] = []
  const server = createServer((request, response) => {
    if (request.method === 'PUT') joins.push(request.url ?? '')
    response.end(request.url === '/fleet' ? document : request.method === 'PUT' ? '' : granted)
  })
  const home = new AgentHome(join(t.testdir(), 'home'))
  const relay = parseRelayUrl(await listen(t, server))
  try {
    await enrol(home, { relay, token, name: 'web-1' })
    t.ok(home.load(), 'the key is kept')
    return joins.length
  } catch (error) {
    t.strictSame([joins, home.load()], [[], undefined], 'nothing was signed, nothing is kept')
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}

t.test(
  '10. it enrols in the fleet that its token pins, under no older document than its token',
  async (t) => {
    const newest = fleet.jws({ v: 2 })
    t.equal(await outcome(t, newest, grant()), 1)
    t.equal(await outcome(t, fleet.jws({ v: 3 }), grant()), 1, 'a newer one is fine')
    t.equal(await outcome(t, fleet.jws({ v: 1 }), grant()), 'OTHER_FLEET', 'one of before it was made')
    t.equal(await outcome(t, fleet.jws({ v: 2, exp: now }), grant()), 'EXPIRED')
    const other = newFleet(now)
    t.equal(await outcome(t, other.jws({ v: 2 }), grant({}, other.admin, other)), 'OTHER_FLEET')
    t.equal(
      await outcome(
        t,
        fleet.jws({ v: 2 }, { signer: identity() }).replace(/[^.]*$/, 'A'.repeat(86)),
        grant(),
      ),
      'BAD_SIGNATURE',
    )
  },
)

t.test('11. it signs a join for a grant of its own token by an admin, and for no other', async (t) => {
  const newest = fleet.jws({ v: 2 })
  t.equal(await outcome(t, newest, grant({ join: identity().public })), 'TOKEN')
  t.equal(await outcome(t, newest, grant({}, fleet.operator)), 'BAD_SIGNATURE')
  t.equal(await outcome(t, newest, grant({ by: fleet.admin.public }, identity())), 'BAD_SIGNATURE')
  t.equal(await outcome(t, newest, grant({ exp: now - 1 })), 'TOKEN_EXPIRED')
})

t.test('the id of a machine never begins like a flag', async (t) => {
  for (let n = 0; n < 300; n++) t.not(idOf(agentIdentity().public)[0], '-')
})
