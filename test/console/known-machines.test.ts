// What a console has seen it does not unsee: against relays that show the past, another key, or another's words.
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { isDue } from '../../console/accept.ts'
import type { Machine } from '../../console/machine.ts'
import { Pins } from '../../console/pins.ts'
import { selectOne } from '../../console/targets.ts'
import { identity } from '../../protocol/keys.ts'
import { issueClosed } from '../../protocol/membership.ts'
import { parseRelayUrl } from '../../protocol/relay-url.ts'
import type { RosterEntry } from '../../protocol/roster.ts'
import { fleet, home, joined, now, only, presence, word } from './known-world.ts'

t.test('a name and labels that a machine says of itself count for nothing', async (t) => {
  const one = joined()
  const lying = presence(one.agent, now, { name: 'db-1', labels: { env: 'dev' }, accepted: true })
  const machine = only(
    home(t)
      .start()
      .learn([{ ...one.entry, presence: lying }]),
  )
  t.match(machine, { name: 'web-1', state: 'online' })
  t.strictSame(machine?.labels, { env: 'prod' })
})

t.test(
  'a relay shows a forged statement: by nobody, by the agent itself, by an operator who is no admin',
  async (t) => {
    const one = joined()
    const known = home(t).start()
    for (const by of [identity(), one.agent, fleet.operator, fleet.signer]) {
      const machine = only(known.learn([{ ...one.entry, machine: word(one, { name: 'db-1' }, by) }]))
      t.match(machine, { state: 'refused', standing: 'orphaned', name: one.entry.id })
      t.strictSame(machine?.labels, {}, 'no label of it is used to choose targets')
      t.match(machine?.reason, /signed for, as db-1, by someone who is no admin/)
    }
    const stolen = word(one).replace(/[^.]*$/, 'A'.repeat(86))
    t.match(only(known.learn([{ ...one.entry, machine: stolen }])), { state: 'refused' })
  },
)

t.test('an old statement is refused, also by the next process', async (t) => {
  const one = joined()
  const { start } = home(t)
  const newer = word(one, { n: 2, labels: { env: 'dev' } })
  t.match(only(start().learn([{ ...one.entry, machine: newer }])), {
    state: 'online',
    labels: { env: 'dev' },
  })
  for (const older of [{ ...one.entry, machine: word(one) }, one.entry]) {
    const machine = only(start().learn([older]))
    t.match(machine, {
      state: 'refused',
      reason: /shows statement [01] about it, this console has seen 2/,
      floor: 2,
    })
  }
  t.match(only(start().learn([{ ...one.entry, machine: newer }])), { state: 'online' })
})

t.test(
  'an old presence is refused, also by the next process; a clock that was wrong binds nobody',
  async (t) => {
    const one = joined()
    const { start } = home(t)
    const at = (iat: number): RosterEntry => ({ ...one.entry, presence: presence(one.agent, iat) })
    t.match(only(start().learn([at(now)])), { state: 'online' })
    t.match(only(start().learn([at(now - 60)])), {
      state: 'refused',
      reason: /the relay shows its presence of/,
    })
    t.match(only(start().learn([{ ...at(now - 60), online: false }])), { state: 'offline' })
    t.match(only(start().learn([at(now)])), { state: 'online' })
    const other = joined('web-2')
    const ahead = { ...other.entry, presence: presence(other.agent, now + 3600) }
    start().learn([ahead])
    t.match(only(start().learn([other.entry])), { state: 'online' })
  },
)

t.test('a name under a new key is shown as such until a person confirms it', async (t) => {
  const [first, second] = [joined(), joined()]
  const { start } = home(t)
  start().learn([first.entry])
  const known = start()
  const machines = known.learn([first.entry, second.entry])
  t.match(machines, [
    { state: 'online' },
    { state: 'refused', reason: /web-1 has been another key until now/ },
  ])
  t.equal(selectOne('web-1', machines).id, first.entry.id, 'the name stays with the key it was')
  const alone = start().learn([second.entry])
  t.match(selectOne('web-1', alone), { state: 'refused' }, 'also when the relay hides the other')
  for (const [machine] of [alone]) if (machine !== undefined) known.pin(machine)
  t.match(known.get(second.entry.id), { state: 'online' })
  t.throws(() => selectOne('web-1', known.machines), { code: 'AMBIGUOUS' }, 'two that a person confirmed')
  const fresh = home(t).start().learn([first.entry, second.entry])
  t.throws(() => selectOne('web-1', fresh), { code: 'AMBIGUOUS' }, 'two that nobody has seen')
})

t.test('what is forgotten stays so, and is carried to a relay that does not say it', async (t) => {
  const one = joined()
  const { start } = home(t)
  const forgotten = word(one, { n: 2, forgotten: true })
  t.match(only(start().learn([{ ...one.entry, machine: forgotten }])), { standing: 'forgotten' })
  for (const machine of [word(one), undefined]) {
    const shown = only(start().learn([machine === undefined ? one.entry : { ...one.entry, machine }]))
    t.match(shown, { state: 'refused', reason: /forgotten/, carry: forgotten })
  }
  t.match(only(start().learn([joined().entry])), { state: 'online' }, 'its name is free')
})

t.test(
  'a closed token, shown or remembered, makes a bare join worthless and touches no signed one',
  async (t) => {
    const one = joined()
    const body = { fleet: fleet.pin, by: fleet.admin.public, join: one.joinKey, iat: now, exp: now + 3600 }
    const closed = issueClosed(fleet.admin, body)
    const { start, pins } = home(t)
    t.match(only(start().learn([{ ...one.entry, closed }])), { state: 'refused', reason: /token was closed/ })
    const other = issueClosed(fleet.admin, { ...body, join: identity().public })
    t.match(only(start().learn([{ ...one.entry, closed: other }])), { state: 'online' }, 'another token’s')
    pins.at(-1)?.close(one.joinKey, now + 3600)
    t.match(only(start().learn([one.entry])), { state: 'refused', reason: /token was closed/ })
    t.match(only(start().learn([{ ...one.entry, machine: word(one) }])), { state: 'online' })
  },
)

t.test('the word of an admin who left: known here, it keeps its name and may be signed anew', async (t) => {
  const one = joined()
  const { start } = home(t)
  const entry = { ...one.entry, machine: word(one) }
  const left = fleet.document({ v: 2, operators: [] })
  start().learn([entry])
  t.match(only(start(left).learn([entry])), {
    state: 'refused',
    name: 'web-1',
    isKnown: true,
    labels: { env: 'prod' },
  })
  const more = only(start(left).learn([{ ...entry, machine: word(one, { n: 2, labels: { env: 'dev' } }) }]))
  t.match(more, { state: 'refused', name: one.entry.id })
  t.notOk(more?.isKnown, 'not what they signed afterwards')
  const stranger = only(home(t).start(left).learn([entry]))
  t.match(stranger, {
    state: 'refused',
    reason: /no admin for it any more; an admin can: rconsole machine accept/,
  })
  t.notOk(stranger?.isKnown, 'nor what this console never saw')
})

t.test('an admin’s console signs anew when half of the time is gone, and only what it may', async (t) => {
  const one = joined()
  const relay = parseRelayUrl('http://127.0.0.1:1')
  const at = (days: number): Machine[] =>
    home(t)
      .start()
      .learn([{ ...one.entry, machine: word(one, { exp: now + days * 86_400 }) }])
  for (const [days, by, due] of [
    [201, fleet.admin, false],
    [199, fleet.admin, true],
    [199, fleet.operator, false],
  ] as const)
    for (const machine of at(days))
      t.equal(isDue({ relay, fleet: fleet.document(), operator: by }, machine), due, `${days} days`)
  const waiting = joined('web-2', { approve: true })
  for (const machine of home(t).start().learn([waiting.entry]))
    t.notOk(isDue({ relay, fleet: fleet.document(), operator: fleet.admin }, machine), 'not who waits')
})

t.test('the file is private, whole or refused, and shared by the consoles of a home', async (t) => {
  const { path, start, pins } = home(t)
  const [one, two] = [joined('a-1'), joined('a-2')]
  const [first, second] = [start(), start()]
  first.learn([one.entry])
  second.learn([two.entry])
  for (const each of pins) each.save()
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.strictSame(
    Object.keys(JSON.parse(readFileSync(path, 'utf8')).machines).toSorted(),
    [one.entry.id, two.entry.id].toSorted(),
  )
  for (const damaged of ['', '{', '{"machines":{"x":{}},"closed":{}}']) {
    writeFileSync(path, damaged)
    t.throws(() => new Pins(path), { code: 'HOME', message: /is damaged/ })
  }
})
