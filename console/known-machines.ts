// The machines that a console has seen: verified, held against what it knew before, the newest word of each kept.
import type { RosterEntry } from '../protocol/roster.ts'
import { hashOf } from '../protocol/statement.ts'
import type { HeldFleet } from './held-fleet.ts'
import { type Machine, machineOf, refuse } from './machine.ts'
import type { Pin, Pins } from './pins.ts'

/** A presence dated further ahead than this was made by a clock that was wrong, and does not bind the next (s). */
const CLOCK_S = 60

export class KnownMachines {
  readonly #document: HeldFleet
  readonly #pins: Pins
  /** As verified, before names are held against each other. */
  readonly #machines = new Map<string, Machine>()
  /** The newest presence of each machine (seconds, statement). */
  readonly #presences = new Map<string, { readonly iat: number; readonly jws: string }>()

  constructor(document: HeldFleet, pins: Pins) {
    this.#document = document
    this.#pins = pins
  }

  get machines(): Machine[] {
    return [...this.#machines.values()].map((machine) => this.#underItsName(machine))
  }

  get(id: string): Machine | undefined {
    const machine = this.#machines.get(id)
    return machine === undefined ? undefined : this.#underItsName(machine)
  }

  /** Take what a relay shows; the machines of these entries as they are now known. */
  learn(entries: readonly RosterEntry[]): Machine[] {
    const learned = entries.map((entry) => this.#learnOne(entry))
    // All at once and after they are judged: two new machines with one name are both new.
    const seen = learned.map(({ id }) => this.get(id)).filter((machine) => machine !== undefined)
    for (const machine of seen) if (isSound(machine)) this.pin(machine)
    return seen
  }

  /** From now on this is the key behind its name, and nothing older counts. */
  pin({ id, member, presence, statement }: Machine): void {
    if (member === undefined || statement === undefined) return
    const { said, n, standing } = member
    const iat = presence?.iat
    const isDated = iat !== undefined && iat <= Date.now() / 1000 + CLOCK_S
    this.#pins.set(id, {
      name: said.name,
      n,
      hash: hashOf(statement),
      labels: said.labels,
      ...(isDated ? { iat } : {}),
      ...(standing === 'forgotten' ? { forgotten: statement } : {}),
    })
  }

  #learnOne(entry: RosterEntry): Machine {
    const machine = this.#held(this.#newest(machineOf(this.#document.fleet, entry, Date.now()), entry))
    this.#machines.set(machine.id, machine)
    return machine
  }

  /** An older presence than one already seen is the relay showing the past: what was seen stands. */
  #newest(machine: Machine, entry: RosterEntry): Machine {
    const held = this.#presences.get(machine.id)
    const { presence } = machine
    const isBound = held !== undefined && held.iat <= Date.now() / 1000 + CLOCK_S
    if (isBound && (presence === undefined || presence.iat < held.iat)) {
      return machineOf(this.#document.fleet, { ...entry, presence: held.jws }, Date.now())
    }
    if (presence !== undefined && entry.presence !== undefined) {
      this.#presences.set(machine.id, { iat: presence.iat, jws: entry.presence })
    }
    return machine
  }

  /** Held against what this console has verified before, also in earlier processes. */
  #held(machine: Machine): Machine {
    const pin = this.#pins.get(machine.id)
    const { member, presence } = machine
    if (member === undefined) return machine
    if (member.standing === 'bare' && this.#pins.isClosed(member.joinKey)) {
      return refuse(machine, `its token was closed before an admin signed for it; ${next(machine)}`)
    }
    if (pin === undefined) return machine
    if (pin.forgotten !== undefined && member.standing !== 'forgotten') {
      return { ...refuse(machine, 'forgotten; the relay does not say so'), carry: pin.forgotten }
    }
    if (member.n < pin.n) {
      const reason = `the relay shows statement ${member.n} about it, this console has seen ${pin.n}; ${next(machine)}`
      return { ...refuse(machine, reason), floor: pin.n }
    }
    if (machine.state === 'online' && isOlder(presence?.iat, pin)) {
      const [shown, seen] = [presence?.iat ?? 0, pin.iat ?? 0].map((at) => new Date(at * 1000).toISOString())
      return refuse(
        machine,
        `the relay shows its presence of ${shown}, this console has seen that of ${seen}`,
      )
    }
    const isKnownStatement = machine.statement !== undefined && hashOf(machine.statement) === pin.hash
    if (member.standing !== 'orphaned' || !isKnownStatement) return machine
    // Verified while who signed it was an admin: the name is still this key's, and an admin's console may sign anew.
    return { ...machine, ...member.said, isKnown: true }
  }

  /** A name that was another key's is shown as such until a person has confirmed it. */
  #underItsName(machine: Machine): Machine {
    if (machine.state === 'refused' || machine.standing === 'forgotten' || this.#isCalled(machine))
      return machine
    const others = this.#pins.called(machine.name).filter((id) => id !== machine.id)
    if (others.length === 0) return machine
    return refuse(
      machine,
      `${machine.name} has been another key until now (${others.join(', ')}); if that is right: rconsole machine accept ${machine.id}`,
    )
  }

  #isCalled({ id, name }: Machine): boolean {
    const pin: Pin | undefined = this.#pins.get(id)
    return pin?.name === name
  }
}

/** What may be remembered as right: verified, by someone whose word counts, and not held back. */
function isSound({ state, standing }: Machine): boolean {
  return standing === 'forgotten' || (state !== 'refused' && (standing === 'accepted' || standing === 'bare'))
}

function isOlder(iat: number | undefined, pin: Pin): boolean {
  return pin.iat !== undefined && pin.iat <= Date.now() / 1000 + CLOCK_S && (iat ?? 0) < pin.iat
}

const next = ({ id }: Machine): string => `an admin can: rconsole machine accept ${id}`
