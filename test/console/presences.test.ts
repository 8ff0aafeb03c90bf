// The presence that a console seals to: this machine's own, fresh, and the newest that it has seen.
import t from 'tap'
import { reachable } from '../../console/machine.ts'
import { readPresence } from '../../protocol/presence.ts'
import { issue } from '../../protocol/statement.ts'
import { newFleet } from '../protocol/world.ts'
import { home, joined, now, only, prekey, presence } from './known-world.ts'

t.test(
  '9. a presence of another machine, of another fleet, or of another key is not this one’s',
  async (t) => {
    const [one, other] = [joined(), joined('web-2')]
    const stranger = newFleet(now).pin
    const presences = [
      other.entry.presence,
      presence(one.agent, now, { fleet: stranger }),
      issue('presence', other.agent, { ...readPresence(presence(one.agent, now)) }),
    ]
    for (const shown of presences) {
      const machine = only(
        home(t)
          .start()
          .learn([shown === undefined ? one.entry : { ...one.entry, presence: shown }]),
      )
      t.match(machine, { state: 'refused' })
      if (machine !== undefined) t.throws(() => reachable(machine, now * 1000), { code: 'POLICY' })
    }
  },
)

t.test(
  '9. nothing is sealed to a presence that is older than two hours, nor to one of the future',
  async (t) => {
    const one = joined()
    const machine = only(home(t).start().learn([one.entry]))
    if (machine === undefined) throw new Error('no machine')
    t.equal(reachable(machine, (now + 7_100) * 1000).pre, prekey)
    for (const wrong of [now + 7_300, now - 7_300])
      t.throws(() => reachable(machine, wrong * 1000), {
        code: 'EXPIRED',
        message: /one of the clocks is wrong/,
      })
  },
)

t.test('within a process what was seen last stands, whatever the relay then shows', async (t) => {
  const one = joined()
  const known = home(t).start()
  known.learn([one.entry])
  const older = presence(one.agent, now - 60, { host: 'host-of-the-past' })
  t.match(only(known.learn([{ ...one.entry, presence: older }])), {
    state: 'online',
    presence: { iat: now, host: 'host-a' },
  })
  t.match(known.learn([{ ...one.entry, presence: presence(one.agent, now + 5) }]), [
    { presence: { iat: now + 5 } },
  ])
})
