// Consoles that are away: how long a session waits for its own, and what is still there when it comes back.
import t from 'tap'
import { SESSION_GONE_MS, SESSION_LOST_MS } from '../../protocol/limits.ts'
import { forward } from '../forward.ts'
import { ends, openDoor, visit, type Visitor } from './door-world.ts'

/** How stream `s` ended, with a clock that stands still. */
async function soon(visitor: Visitor, s: number): Promise<string | undefined> {
  for (let n = 0; n < 1_000 && visitor.ended(s) === undefined; n++) await new Promise(setImmediate)
  return visitor.ended(s)
}

t.test(
  '49. after ten minutes without a relay a conversation goes on, and nothing is lost or done twice',
  async (t) => {
    const world = openDoor(t)
    const alice = visit(t, world)
    const first = alice.ask('ping')
    alice.knock(alice.hello())
    t.equal(await ends(alice, first), 'result')
    const later = forward(t)
    world.door.down()
    alice.session.suspend()
    // Asked meanwhile: by the agent's clock it has an hour.
    const asked = [1, 2, 3].map(() => alice.ask('ping', {}, { by: Date.now() + 3_600_000 }))
    later(10 * 60_000)
    alice.knock(alice.hello())
    for (const s of asked) t.equal(await soon(alice, s), 'result')
    t.strictSame(world.started, ['ping', 'ping', 'ping', 'ping'])
  },
)

t.test(
  'a session without its console ends after 15 minutes, and after one when the relay says that it left',
  async (t) => {
    for (const [leave, ms] of [
      ['down', SESSION_LOST_MS],
      ['gone', SESSION_GONE_MS],
    ] as const) {
      const world = openDoor(t)
      const alice = visit(t, world)
      // It has not heard the answer, so it is not idle to the agent.
      const first = alice.ask('ping')
      const hello = alice.hello()
      world.door.receive(alice.address, hello)
      const later = forward(t)
      if (leave === 'down') world.door.down()
      else world.door.gone(alice.address)
      later(ms - 1_000)
      t.equal(world.door.callers.length, 1, `${leave}: it waits`)
      later(2_000)
      t.equal(world.door.callers.length, 0, `${leave}: and not for ever`)
      alice.session.send(Buffer.from('{"t":"end","s":1}'))
      alice.knock(alice.hello())
      t.match(alice.answer, { error: { code: 'LOST' } })
      t.equal(alice.ended(first), undefined)
    }
  },
)
