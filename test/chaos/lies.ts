// What a hostile relay says in its own name: false news, old and forged statements, and JSON that no schema wants.
import { toBase64url } from '../../protocol/bytes.ts'
import { ERROR_CODES } from '../../protocol/errors.ts'
import type { RosterEntry, RosterPage } from '../../protocol/roster.ts'
import type { Peer } from '../../relay/router.ts'
import type { Dice } from './dice.ts'

/** What the lies may use of the relay. */
export interface Mouth {
  readonly peers: () => readonly Peer[]
  /** Documents and presences that were once true. */
  readonly past: readonly string[]
  /** Any event with any arguments. */
  readonly say: (peer: Peer, event: string, ...args: unknown[]) => void
  /** Bytes that are no packet of Socket.IO, or one that its own library would not write. */
  readonly raw: (peer: Peer, packet: string) => void
  readonly cut: (peer: Peer) => void
  readonly patience: number
}

type Lie = (peer: Peer, dice: Dice, mouth: Mouth) => void

const EVENTS = [
  'challenge',
  'welcome',
  'refused',
  'fleet',
  'machine',
  'envelope',
  'undeliverable',
  'gone',
  'roster',
  'moving',
]
const ESCAPES = 'nothing ran\u001b]0;owned\u0007\u001b[2J\u202e\u009b1m\r\nrconsole: done'

export const LIES: Readonly<Record<string, Lie>> = {
  cut: (peer, _, { cut }) => cut(peer),
  undeliverable: (peer, dice, { say, peers }) =>
    say(peer, 'undeliverable', { to: someAddress(peer, dice, peers()) }),
  gone: (peer, dice, { say, peers }) => say(peer, 'gone', someAddress(peer, dice, peers())),
  moving(peer, dice, { say, cut, patience }) {
    say(peer, 'moving', { after: dice.between(0, patience) })
    cut(peer)
  },
  refused: (peer, dice, { say, patience }) =>
    say(peer, 'refused', { code: dice.one(ERROR_CODES), message: ESCAPES, after: dice.between(0, patience) }),
  welcome: (peer, _, { say }) => say(peer, 'welcome', { address: 'A'.repeat(20) }),
  challenge: (peer, dice, { say }) =>
    say(
      peer,
      'challenge',
      { proto: dice.between(0, 2), nonce: toBase64url(dice.bytes(32)) },
      () => undefined,
    ),
  past: (peer, dice, { say, past }) =>
    say(peer, dice.one(['fleet', 'machine']) ?? 'fleet', dice.one(past) ?? 'x.y.z'),
  damaged: (peer, dice, { say, past }) =>
    say(peer, dice.one(['fleet', 'machine']) ?? 'fleet', damage(dice.one(past) ?? 'x.y.z', dice)),
  json: (peer, dice, { say }) =>
    say(peer, dice.one(EVENTS) ?? 'gone', ...Array.from({ length: dice.between(0, 3) }, () => hostile(dice))),
  packet: (peer, dice, { raw }) => raw(peer, packet(dice)),
}

/** A page of the roster as a liar would show it. */
export function lyingPage(page: RosterPage, dice: Dice, past: readonly string[]): unknown {
  const [first, ...rest] = page.entries
  if (first === undefined) return hostile(dice)
  const other = rest[0] ?? first
  const changed: readonly (() => unknown)[] = [
    () => ({ ...page, entries: [] }),
    () => ({ ...page, next: first.id }),
    () => ({ ...page, next: 'A'.repeat(20) }),
    () => ({ ...page, entries: Array.from({ length: 500 }, () => first) }),
    () => replaced(page, { ...first, online: !first.online }),
    () => replaced(page, { ...first, copies: dice.between(0, 2 ** 40) }),
    () => replaced(page, { ...first, since: 2 ** 52 }),
    () => replaced(page, { ...first, presence: dice.one(past) ?? '' }),
    () => replaced(page, { ...first, presence: damage(first.presence ?? 'x.y.z', dice) }),
    () => replaced(page, { ...first, join: damage(first.join, dice) }),
    () => replaced(page, { ...first, machine: damage(first.machine ?? first.join, dice) }),
    () => replaced(page, { ...first, id: other.id }),
    () => replaced(page, swapped(first, other)),
    () => hostile(dice),
  ]
  return dice.one(changed)?.()
}

/** Nothing that a reader expects: wrong types, deep nesting, `__proto__`, huge numbers, lone surrogates. */
export function hostile(dice: Dice): unknown {
  const values: readonly (() => unknown)[] = [
    () => null,
    () => undefined,
    () => 2 ** 53,
    () => -1,
    () => '\ud800',
    () => 'x'.repeat(dice.between(0, 100_000)),
    () => deep(dice.between(1, 2_000)),
    () => JSON.parse('{"__proto__":{"proto":1,"to":"A","code":"LOST"},"constructor":{"prototype":1}}'),
    () => Array.from({ length: 5_000 }, () => ({})),
    () => ({ to: {}, after: 1e308, nonce: [], address: '__proto__', code: 'toString' }),
    () => dice.bytes(dice.between(0, 1_000)),
    () => ({ toString: 1, valueOf: 'x', length: 2 ** 40, type: 'Buffer', data: [1, 2] }),
  ]
  return dice.one(values)?.()
}

/** A statement with one character changed, or cut short. */
function damage(jws: string, dice: Dice): string {
  const at = dice.between(0, jws.length - 1)
  return dice.chance(0.5)
    ? jws.slice(0, at)
    : `${jws.slice(0, at)}${dice.one(['A', 'Q', '-', '_', '.', '=', 'é'])}${jws.slice(at + 1)}`
}

function packet(dice: Dice): string {
  const packets: readonly string[] = [
    '51-["envelope","A",{"_placeholder":true,"num":1000000000}]',
    `${'5'.repeat(50)}-["envelope"]`,
    '599999999999-["roster",{"_placeholder":true,"num":0}]',
    '2["envelope"',
    '2["__proto__",{}]',
    '2[{"a":1}]',
    '399999[{"entries":[]}]',
    ...[0, 1, 2, 3].map((id) => `3${id}`),
    ...[0, 1, 2, 3].map((id) => `3${id}[]`),
    `2["fleet","${'x'.repeat(400_000)}"]`,
    `2["roster",${'['.repeat(20_000)}${']'.repeat(20_000)}]`,
    '4',
    '4{"message":"\u001b[2Jgo away"}',
    '1',
    '9',
    '',
  ]
  return dice.one(packets) ?? ''
}

function someAddress(peer: Peer, dice: Dice, peers: readonly Peer[]): string {
  const others = peers.filter(({ as }) => as !== peer.as).map(({ address }) => address)
  return dice.one(others) ?? 'A'.repeat(20)
}

function replaced({ entries: [, ...rest], ...page }: RosterPage, entry: object): unknown {
  return { ...page, entries: [entry, ...rest] }
}

/** The statements of one machine under the id of another. */
function swapped(first: RosterEntry, { join, machine, presence }: RosterEntry): object {
  return {
    ...first,
    join,
    ...(machine === undefined ? {} : { machine }),
    ...(presence === undefined ? {} : { presence }),
  }
}

function deep(depth: number): unknown {
  let value: unknown = 1
  for (let at = 0; at < depth; at++) value = [value]
  return value
}
