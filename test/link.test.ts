// One contract for every Link: socket.io-client to a real relay, and the relay in memory.
import { randomBytes } from 'node:crypto'
import pino from 'pino'
import t from 'tap'
import type { Bytes } from '../protocol/bytes.ts'
import { dial } from '../protocol/dial.ts'
import { type Identity, idOf } from '../protocol/keys.ts'
import { PACKET_BYTES } from '../protocol/limits.ts'
import type { Link, LinkEvents } from '../protocol/link.ts'
import { issuePresence } from '../protocol/presence.ts'
import { parseRelayUrl } from '../protocol/relay-url.ts'
import type { RosterEntry } from '../protocol/roster.ts'
import { startRelay } from '../relay/server.ts'
import { MemoryRelay } from './memory-relay.ts'
import { enrol, newFleet, type TestFleet } from './protocol/world.ts'
import { until } from './until.ts'

const now = Math.floor(Date.now() / 1000)

interface Ground {
  readonly fleet: TestFleet
  readonly agent: Identity
  link(as: 'agent' | 'console', identity: Identity, events: LinkEvents): Link
}

/** A Link and all that it told. */
class Ear {
  ups = 0
  downs: string[] = []
  envelopes: { from: string; body: Bytes }[] = []
  undeliverable: string[] = []
  gone: string[] = []
  roster: RosterEntry[] = []
  readonly link: Link

  constructor(t: Tap.Test, ground: Ground, as: 'agent' | 'console', identity: Identity) {
    this.link = ground.link(as, identity, {
      up: () => void this.ups++,
      down: (reason) => void this.downs.push(reason.code),
      envelope: (from, body) => void this.envelopes.push({ from, body }),
      undeliverable: ({ to }) => void this.undeliverable.push(to),
      gone: (address) => void this.gone.push(address),
      fleet: () => undefined,
      machine: () => undefined,
      twins: () => undefined,
      roster: (entries) => void this.roster.push(...entries),
    })
    t.teardown(() => this.link.close())
  }

  up(): Promise<void> {
    return until(() => this.ups > 0 && this.link.isUp, 'admitted')
  }
}

declare namespace Tap {
  interface Test {
    teardown(handler: () => unknown): unknown
  }
}

function presenceOf(fleet: TestFleet, agent: Identity): string {
  return issuePresence(agent, {
    fleet: fleet.pin,
    agent: agent.public,
    proto: 1,
    pre: randomBytes(32).toString('base64url'),
    boot: randomBytes(16).toString('base64url'),
    iat: Math.floor(Date.now() / 1000),
    host: 'here',
    os: 'test',
    ver: '0',
    policy: { mode: 'full' },
  })
}

/** What every Link does. `ground` makes a relay that knows the agent and the operators. */
function contract(name: string, ground: (t: Tap.Test & { testdir(): string }) => Promise<Ground>): void {
  void t.test(`a link by ${name}`, async (t) => {
    const g = await ground(t)
    const agent = new Ear(t, g, 'agent', g.agent)
    const console = new Ear(t, g, 'console', g.fleet.operator)
    const id = idOf(g.agent.public)

    await t.test('is not up before it is admitted, and then it is', async (t) => {
      t.notOk(console.link.send(id, Buffer.from('too early')))
      await Promise.all([agent.up(), console.up()])
      t.strictSame([agent.ups, console.ups], [1, 1])
      t.type(await console.link.echo(), 'number')
    })

    await t.test('shows an agent once it has said that it is here', async (t) => {
      t.match((await console.link.roster({ ids: [id], watch: true })).entries, [
        { id, online: false, copies: 0 },
      ])
      await agent.link.presence(presenceOf(g.fleet, g.agent))
      await until(() => console.roster.some(({ online }) => online), 'the console is told')
      t.match((await console.link.roster({ names: ['web-1'], watch: true })).entries, [
        { id, online: true, copies: 1 },
      ])
      t.strictSame((await console.link.roster({ names: ['web-2'], watch: false })).entries, [])
    })

    await t.test(
      'carries bodies in order and unchanged, from the address that the relay gives',
      async (t) => {
        const bodies = Array.from({ length: 200 }, (_, n) =>
          Buffer.concat([Buffer.of(n), randomBytes(n * 50)]),
        )
        for (const body of bodies) t.ok(console.link.send(id, body))
        await until(() => agent.envelopes.length === bodies.length, 'all arrive')
        t.ok(agent.envelopes.every(({ body }, n) => bodies[n]?.equals(body) === true))
        const [{ from } = { from: '' }] = agent.envelopes
        t.match(from, /^[\w-]{20}$/)
        agent.link.send(from, Buffer.from('back'))
        await until(() => console.envelopes.length === 1, 'the answer')
        t.match(console.envelopes, [{ from: id }])
      },
    )

    await t.test(
      'says so when nobody is there; agents do not reach agents, nor consoles consoles',
      async (t) => {
        const nobody = 'A'.repeat(20)
        console.link.send(nobody, Buffer.from('x'))
        await until(() => console.undeliverable.length === 1, 'undeliverable')
        agent.link.send(id, Buffer.from('x'))
        await until(() => agent.undeliverable.length === 1, 'undeliverable')
        t.strictSame([console.undeliverable, agent.undeliverable], [[nobody], [id]])
      },
    )

    await t.test(
      'tells an agent when a console it talked with leaves; closing twice is closing once',
      async (t) => {
        const other = new Ear(t, g, 'console', g.fleet.viewer)
        await other.up()
        const heard = agent.envelopes.length
        other.link.send(id, Buffer.from('hi'))
        await until(() => agent.envelopes.length > heard, 'it is heard')
        const { from } = agent.envelopes.at(-1) ?? { from: '' }
        await other.link.close()
        await other.link.close()
        await until(() => agent.gone.includes(from), 'gone')
        t.notOk(other.link.send(id, Buffer.from('after')))
        await t.rejects(other.link.echo(), { code: 'RELAY_UNREACHABLE' })
      },
    )

    await t.test('keeps nothing while it is down, and comes up again by itself', async (t) => {
      const heard = agent.envelopes.length
      console.link.restart()
      t.notOk(console.link.send(id, Buffer.from('lost')))
      t.strictSame(console.downs, ['RELAY_UNREACHABLE'])
      await until(() => console.ups === 2, 'up again')
      console.link.send(id, Buffer.from('found'))
      await until(() => agent.envelopes.length > heard, 'it carries again')
      t.strictSame(
        agent.envelopes.slice(heard).map(({ body }) => body.toString()),
        ['found'],
      )
    })

    await t.test('a body larger than a packet ends the connection of who sent it', async (t) => {
      const ups = console.ups
      console.link.send(id, Buffer.alloc(PACKET_BYTES + 1024))
      await until(() => console.ups > ups, 'it had to come again')
      t.ok(agent.link.isUp)
    })

    await t.test('tells the consoles that watch when an agent leaves', async (t) => {
      await console.link.roster({ ids: [id], watch: true })
      console.roster = []
      await agent.link.close()
      await until(() => console.roster.some(({ online }) => !online), 'offline')
      t.match(console.roster.at(-1), { id, online: false })
    })
  })
}

contract('socket.io', async (t) => {
  const fleet = newFleet(now)
  const { agent, join } = enrol(fleet, { iat: now, exp: now + 3600 })
  const relay = await startRelay({
    fleet: fleet.pin,
    data: t.testdir(),
    host: '127.0.0.1',
    port: 0,
    log: pino({ level: 'silent' }),
  })
  t.teardown(() => relay.stop())
  const url = parseRelayUrl(`http://127.0.0.1:${relay.port}`)
  await put(`${url.url}/fleet`, fleet.jws())
  await put(`${url.url}/joins`, join)
  return {
    fleet,
    agent,
    link: (as, identity, events) => dial({ relay: url, as, identity, fleet: fleet.pin, events }),
  }
})

contract('memory', async (t) => {
  const fleet = newFleet(now)
  const { agent, join } = enrol(fleet, { iat: now, exp: now + 3600 })
  const relay = new MemoryRelay(fleet.pin, t.testdir())
  t.teardown(() => relay.close())
  relay.registry.putFleet(fleet.jws(), now)
  relay.registry.putJoin(join, now)
  return { fleet, agent, link: (as, identity, events) => relay.link(as, identity, events) }
})

async function put(url: string, body: string): Promise<void> {
  const { ok, status } = await fetch(url, { method: 'PUT', body })
  if (!ok) throw new Error(`${url}: ${status}`)
}
