// A whole agent on a link in the test's hands: what ends its sessions and its keys, whoever says so.
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import pino from 'pino'
import t, { type Test } from 'tap'
import { Agent } from '../../agent/agent.ts'
import { Documents } from '../../agent/documents.ts'
import { AgentHome } from '../../agent/home.ts'
import { NO_FILE } from '../../agent/policy-file.ts'
import { Policy } from '../../agent/policy.ts'
import { Receipts } from '../../agent/receipts.ts'
import { type Bytes, toBase64url } from '../../protocol/bytes.ts'
import { KIND, packBody, unpackBody } from '../../protocol/envelope.ts'
import { versionOf } from '../../protocol/fleet.ts'
import { hello } from '../../protocol/handshake.ts'
import { EFFECT_MS, PREKEY_MS, STREAM_WINDOW } from '../../protocol/limits.ts'
import type { Link, LinkEvents } from '../../protocol/link.ts'
import { encode } from '../../protocol/messages.ts'
import { issuePresence, type Presence, readPresence } from '../../protocol/presence.ts'
import { parseRelayUrl } from '../../protocol/relay-url.ts'
import { signRequest } from '../../protocol/request-signature.ts'
import { enrol, newFleet } from '../protocol/world.ts'
import { until } from '../until.ts'
import { newRuns } from './runs-world.ts'

/** An agent that is up, the words it has said, and the look that it takes every few seconds. */
async function agentOf(t: Test) {
  const now = Math.floor(Date.now() / 1000)
  const fleet = newFleet(now)
  const { agent: key, join: joined } = enrol(fleet, { iat: now, exp: now + 3600 })
  const enrolled = { identity: key, fleet: fleet.pin, join: joined, name: 'web-1' }
  const home = new AgentHome(join(t.testdir(), 'home'))
  const log = pino({ enabled: false })
  const policy = new Policy(NO_FILE)
  const said: Presence[] = []
  const sent: Bytes[] = []
  const looks: (() => void)[] = []
  const told: LinkEvents[] = []
  const { runs } = newRuns()
  const agent = new Agent({
    relay: parseRelayUrl('http://127.0.0.1:1'),
    home: home.folder,
    enrolled,
    documents: new Documents({ home, enrolled, fleet: fleet.document(), log }),
    runs,
    policy,
    readPolicy: () => policy,
    log,
    receipts: new Receipts({ path: home.receiptsPath(enrolled), fleet: fleet.pin, identity: key }),
    onUp: () => undefined,
    link: (given) => {
      told.push(given)
      return linkTo(said, sent)
    },
  })
  const { setInterval } = globalThis
  t.intercept(globalThis, 'setInterval', {
    value: (call: () => void, ms: number) => {
      looks.push(call)
      return setInterval(() => undefined, ms)
    },
    configurable: true,
  })
  void agent.live()
  t.teardown(async () => {
    await agent.stop()
    rmSync(home.folder, { recursive: true, force: true })
  })
  const [events] = told
  const [look] = looks
  if (events === undefined || look === undefined) throw new Error('it neither dialled nor looks')
  events.up()
  await until(() => said.length > 0, 'its presence')

  /** What an operator is answered who says hello to the newest presence: a code, or `heard`. */
  const greet = (presence = said.at(-1)): string => {
    if (presence === undefined) throw new Error('no presence')
    const asked = { action: 'ping', request: '{}', by: Date.now() + EFFECT_MS }
    const sig = signRequest(fleet.pin, key.public, fleet.operator, asked)
    const session = toBase64url(randomBytes(8))
    const doc = versionOf(agent.fleet)
    const underWay = hello({
      fleet: fleet.pin,
      agentKey: key.public,
      prekey: presence.pre,
      operator: fleet.operator,
      head: { session, attempt: 0, want: 0, next: 0, doc },
      first: encode({ t: 'open', s: 1, ...asked, credit: STREAM_WINDOW, sig }),
    })
    sent.length = 0
    events.envelope('C'.repeat(20), packBody(KIND.hello, session, underWay.message))
    const answer = sent.map(unpackBody).find((body) => body?.kind === KIND.answer)
    if (answer === undefined) return 'nothing'
    return underWay.finish(answer.payload)?.head.error?.code ?? 'heard'
  }
  return { agent, key, fleet, events, said, look, greet }
}

/** Both clocks, put forward. */
function later(t: Test, ms: () => number): void {
  const [wall, monotonic] = [Date.now, performance.now.bind(performance)]
  t.intercept(Date, 'now', { value: () => wall() + ms(), configurable: true })
  t.intercept(performance, 'now', { value: () => monotonic() + ms(), configurable: true })
}

const never = () => Promise.reject(new Error('agents do not ask this'))

function linkTo(said: Presence[], sent: Bytes[]): Link {
  return {
    isUp: true,
    send: (_to, body) => {
      sent.push(body)
      return true
    },
    presence: (jws) => {
      said.push(readPresence(jws))
      return Promise.resolve()
    },
    roster: never,
    audit: never,
    tokens: never,
    echo: never,
    restart: () => undefined,
    close: () => Promise.resolve(),
  }
}

void t.test('53. while another process has its key, it takes nothing', async (t) => {
  const { key, events, said, greet } = await agentOf(t)
  t.equal(greet(), 'heard')
  const [own] = said
  if (own === undefined) throw new Error('no presence')
  events.twins([issuePresence(key, { ...own, boot: toBase64url(randomBytes(16)) })])
  t.equal(greet(), 'AMBIGUOUS')
  events.twins([issuePresence(key, own)])
  t.equal(greet(), 'heard', 'its own presence is nobody else')
  events.twins([issuePresence(key, { ...own, boot: toBase64url(randomBytes(16)) })])
  events.twins([])
  t.equal(greet(), 'heard', 'alone again')
})

void t.test('a suspended machine forgets its keys, its sessions and its boot', async (t) => {
  const { agent, said, look, greet } = await agentOf(t)
  t.equal(greet(), 'heard')
  t.equal(agent.door.callers.length, 1)
  const before = said.at(-1)
  const { now } = Date
  t.intercept(Date, 'now', { value: () => now() + 60_000, configurable: true })
  look()
  await until(() => said.at(-1) !== before, 'a new presence')
  const after = said.at(-1)
  t.equal(agent.door.callers.length, 0)
  t.notSame([after?.pre, after?.boot], [before?.pre, before?.boot])
  t.equal(greet(before), 'nothing', 'what is sealed to the key of before cannot be opened')
  t.equal(greet(), 'heard')
})

void t.test('a prekey lives for an hour, the one before it two minutes more', async (t) => {
  const { said, look, greet } = await agentOf(t)
  const before = said.at(-1)
  let passed = PREKEY_MS
  later(t, () => passed)
  look()
  await until(() => said.at(-1) !== before, 'a new presence')
  t.not(said.at(-1)?.pre, before?.pre)
  t.equal(said.at(-1)?.boot, before?.boot)
  passed += 60_000
  t.equal(greet(before), 'heard')
  passed += 61_000
  t.equal(greet(before), 'nothing')
  t.equal(greet(), 'heard')
})

void t.test(
  'a new document, or the end of their time, ends the sessions of whom it leaves out',
  async (t) => {
    const { agent, fleet, events, look, greet } = await agentOf(t)
    t.equal(greet(), 'heard')
    const iat = Math.floor(Date.now() / 1000)
    events.fleet(fleet.jws({ v: 2, iat, revoked: [fleet.operator.public] }))
    t.equal(agent.door.callers.length, 0)
    t.equal(greet(), 'UNKNOWN_OPERATOR')

    const operators = fleet.document().body.operators.map((one) => ({ ...one, exp: iat + 100 }))
    events.fleet(fleet.jws({ v: 3, iat, operators }))
    t.equal(greet(), 'heard')
    later(t, () => 101_000)
    look()
    t.equal(agent.door.callers.length, 0, 'also without a new document')
    t.equal(greet(), 'EXPIRED')
  },
)
