// An admin's console signs for machines: for each it sees for the first time, and anew when a signature will not do for long.
import { type ErrorCode, toRconsoleError } from '../protocol/errors.ts'
import { bringStatement } from '../protocol/http.ts'
import { type Fleet, isAdmin } from '../protocol/fleet.ts'
import type { Identity } from '../protocol/keys.ts'
import { type Member } from '../protocol/member.ts'
import { issueMachine, type MachineBody, machineClaims } from '../protocol/membership.ts'
import type { RelayUrl } from '../protocol/relay-url.ts'
import type { Machine } from './machine.ts'

/** How long an admin's word on a machine holds (s): 400 days, long past the yearly look at who is in the fleet. */
const MACHINE_S = 400 * 86_400
/** Requests to the relay at once. */
const AT_ONCE = 16

export interface Signatory {
  readonly relay: RelayUrl
  readonly fleet: Fleet
  readonly operator: Identity
}

/** What an admin says of a machine, less what every such statement has. */
export type Word = Pick<MachineBody, 'name' | 'labels'> & Partial<Pick<MachineBody, 'accepted' | 'forgotten'>>

/**
 * Sign what needs no person: machines that joined with an open token, words that run out, and words of an admin who left
 * if this console verified them before. Brings what the relay should know and does not show.
 * Returns the ids of the machines that are told anew. @throws RELAY_UNREACHABLE
 */
export async function keepSigned(signatory: Signatory, machines: readonly Machine[]): Promise<string[]> {
  const told: string[] = []
  for (let start = 0; start < machines.length; start += AT_ONCE) {
    const part = machines.slice(start, start + AT_ONCE)
    const done = await Promise.all(part.map((machine) => keepOne(signatory, machine)))
    told.push(...part.filter((_, index) => done[index] === true).map(({ id }) => id))
  }
  return told
}

/** Whether there is something to sign or to bring for `machine` without asking anyone. */
export function isDue({ fleet, operator }: Signatory, machine: Machine): boolean {
  if (machine.carry !== undefined) return true
  const { member, state, isKnown } = machine
  if (member === undefined || !isAdmin(fleet, operator.public, member.said.labels, seconds())) return false
  if (isKnown === true) return true
  // Refused: under a name that was another key's, say. A person has to look at it.
  if (state === 'refused') return false
  if (member.standing === 'bare') return true
  return member.standing === 'accepted' && member.exp - seconds() < MACHINE_S / 2
}

/**
 * Sign an admin's next word on a machine and bring it to the relay, which hands it to the agent. Returns the statement.
 * @throws REFUSED when another admin was quicker, RELAY_UNREACHABLE
 */
export async function signFor(signatory: Signatory, machine: Machine, word: Word): Promise<string> {
  const { relay, fleet, operator } = signatory
  const statement = issueMachine(operator, {
    fleet: fleet.body.fleet,
    agent: machine.key,
    by: operator.public,
    n: Math.max(machine.member?.n ?? 0, machine.floor ?? 0) + 1,
    exp: seconds() + MACHINE_S,
    ...word,
  })
  await bringStatement(relay, '/machines', statement)
  return statement
}

async function keepOne(signatory: Signatory, machine: Machine): Promise<boolean> {
  const { carry, member, statement } = machine
  if (!isDue(signatory, machine)) return false
  try {
    if (carry !== undefined) await bringStatement(signatory.relay, '/machines', carry)
    else if (member !== undefined && statement !== undefined)
      await signFor(signatory, machine, sameWord(member, statement))
    return true
  } catch (error) {
    if (!NO_HARM.has(toRconsoleError(error).code)) throw error
    return false
  }
}

/** Another console was quicker, or an admin with another scope has to do it: nothing that stops what was asked for. */
const NO_HARM: ReadonlySet<ErrorCode> = new Set(['REFUSED', 'BAD_SIGNATURE'])

/** What the newest statement says, word for word; of one who joined with an open token that it is accepted. */
function sameWord({ said, n }: Member, statement: string): Word {
  if (n === 0) return { ...said, accepted: true }
  const { accepted, forgotten } = machineClaims(statement)
  return {
    ...said,
    ...(accepted === undefined ? {} : { accepted }),
    ...(forgotten === undefined ? {} : { forgotten }),
  }
}

const seconds = (): number => Math.floor(Date.now() / 1000)
