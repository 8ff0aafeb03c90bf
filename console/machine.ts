// A machine as the fleet's signatures and its own describe it; the relay's word only says whether it is connected.
import { PROTOCOL } from '../protocol/envelope.ts'
import { RconsoleError, toRconsoleError } from '../protocol/errors.ts'
import type { Fleet } from '../protocol/fleet.ts'
import { PRESENCE_MS } from '../protocol/limits.ts'
import { type Member, memberOf, type MemberStanding } from '../protocol/member.ts'
import { type LifecycleEvent, type Presence, readPresence } from '../protocol/presence.ts'
import type { RosterEntry } from '../protocol/roster.ts'
import type { Labels } from '../protocol/statement.ts'

/** A closed list. */
export type MachineState =
  | 'online'
  | 'offline'
  | 'disconnected'
  | 'killed'
  | 'pending'
  | 'frozen'
  | 'duplicate'
  | 'refused'

export interface Machine {
  readonly id: string
  /** The agent's key; empty when its statements could not be verified. */
  readonly key: string
  readonly name: string
  readonly labels: Labels
  readonly state: MachineState
  /** Since when it is in that state (ms). */
  readonly since: number
  /** Who caused the state, in the agent's own signed words. */
  readonly by?: string
  /** Why it is refused, or what it came back from. */
  readonly reason?: string
  /** The newest presence, if it could be verified. */
  readonly presence?: Presence
  readonly standing: MemberStanding
  /** What the signatures say of it, when they hold. */
  readonly member?: Member
  /** The newest statement it rests on: an admin's, or else its join. */
  readonly statement?: string
  /** This console verified that very statement when who signed it was an admin. */
  readonly isKnown?: true
  /** A newer number than the relay shows has been seen. */
  readonly floor?: number
  /** An admin's statement that the relay does not have, to be brought to it. */
  readonly carry?: string
}

/** What is known of the machine of a roster entry. Never throws: what does not hold is `refused`, with the reason. */
export function machineOf(fleet: Fleet, entry: RosterEntry, now: number): Machine {
  try {
    const member = memberOf(fleet, entry, Math.floor(now / 1000))
    if (member.id !== entry.id) throw new RconsoleError('BAD_SIGNATURE', 'the relay names another machine')
    const presence = entry.presence === undefined ? undefined : presenceOf(member, entry.presence)
    const { id, key, name, labels, standing } = member
    const stated = stateOf(member, presence, entry)
    const statement = entry.machine ?? entry.join
    const base = { id, key, name, labels, standing, member, statement, ...stated }
    return presence === undefined ? base : { ...base, presence }
  } catch (error) {
    const reason = toRconsoleError(error).message
    return {
      id: entry.id,
      key: '',
      name: entry.id,
      labels: {},
      standing: 'refused',
      state: 'refused',
      since: entry.since,
      reason,
    }
  }
}

/** The same machine, refused for `reason`. */
export function refuse({ by: _by, ...machine }: Machine, reason: string): Machine {
  return { ...machine, state: 'refused', reason }
}

/**
 * The presence to seal to.
 * @throws OFFLINE, POLICY (refused, pending), PROTOCOL_VERSION, EXPIRED: nothing has left the console yet, so nothing runs.
 */
export function reachable(machine: Machine, now: number): Presence {
  const { name, presence } = machine
  const isThere = machine.state === 'online' || machine.state === 'frozen'
  if (!isThere || presence === undefined) throw unreachable(machine)
  if (presence.proto !== PROTOCOL) {
    throw new RconsoleError(
      'PROTOCOL_VERSION',
      `${name} speaks protocol ${presence.proto}, this console ${PROTOCOL}: update the older one`,
    )
  }
  const age = now - presence.iat * 1000
  if (!(Math.abs(age) <= PRESENCE_MS)) {
    const [theirs, ours] = [new Date(presence.iat * 1000), new Date(now)].map((date) => date.toISOString())
    throw new RconsoleError(
      'EXPIRED',
      `${name} last signed its presence at ${theirs}, it is ${ours} here: one of the clocks is wrong`,
    )
  }
  return presence
}

/** One line on why a machine is as it is: 'killed by alice', 'online (reset by bob)'. */
export function explainState({ state, by, reason }: Machine): string {
  const cause = by === undefined || state === 'online' ? '' : ` by ${by}`
  return reason === undefined ? `${state}${cause}` : `${state}${cause} (${reason})`
}

function unreachable(machine: Machine): RconsoleError {
  const { name, state, since, reason } = machine
  const at = since > 0 ? ` since ${new Date(since).toISOString()}` : ''
  switch (state) {
    case 'pending':
      return new RconsoleError(
        'POLICY',
        `${name} waits for an admin to accept it: rconsole machine accept ${name}`,
      )
    case 'refused':
      return new RconsoleError('POLICY', `${name} is refused: ${reason ?? 'its statements do not hold'}`)
    case 'duplicate':
      return new RconsoleError(
        'AMBIGUOUS',
        `${name}: ${reason ?? 'two agents use its key'}; stop one, and enrol it with a token of its own`,
      )
    case 'online':
    case 'frozen':
    case 'offline':
    case 'disconnected':
    case 'killed':
      return new RconsoleError('OFFLINE', `${name} is ${explainState(machine)}${at}; nothing was sent`)
    default:
      return state satisfies never
  }
}

function presenceOf(member: Member, jws: string): Presence {
  const presence = readPresence(jws)
  if (presence.agent === member.key && presence.fleet === member.fleet) return presence
  throw new RconsoleError('BAD_SIGNATURE', 'the relay shows the presence of another machine')
}

function stateOf(
  member: Member,
  presence: Presence | undefined,
  entry: RosterEntry,
): Pick<Machine, 'state' | 'since' | 'by' | 'reason'> {
  const { since } = entry
  if (member.reason !== undefined) return { state: 'refused', since, reason: member.reason }
  if (member.standing === 'pending') return { state: 'pending', since }
  if (entry.copies > 1) return { state: 'duplicate', since, reason: twinsIn(member, presence, entry) }
  if (presence?.left !== undefined) return leftState(presence.left)
  if (!entry.online) return { state: 'offline', since }
  const { back, frozen } = presence ?? {}
  if (frozen !== undefined) return { state: 'frozen', since: frozen.at * 1000, by: frozen.by }
  if (back === undefined) return { state: 'online', since }
  return { state: 'online', since, by: back.by, reason: `${back.word} by ${back.by}` }
}

/** Where the processes with its key run, in their own signed words. */
function twinsIn(member: Member, presence: Presence | undefined, entry: RosterEntry): string {
  const others = (entry.others ?? []).map((jws) => presenceOf(member, jws).host)
  const hosts = [...(presence === undefined ? [] : [presence.host]), ...others]
  return `${entry.copies} agents use its key, on hosts ${hosts.join(' and ')} (a copied disk?)`
}

function leftState({ word, by, at }: LifecycleEvent): Pick<Machine, 'state' | 'since' | 'by' | 'reason'> {
  const since = at * 1000
  if (word === 'stop') return { state: 'offline', since, reason: 'its agent was stopped there' }
  if (word === 'kill') return { state: 'killed', since, by }
  return { state: 'disconnected', since, by, reason: word }
}
