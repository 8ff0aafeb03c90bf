// The machines that a console has seen: verified, the newest word of each kept.
import type { RosterEntry } from '../protocol/roster.ts'
import type { HeldFleet } from './held-fleet.ts'
import { type Machine, machineOf } from './machine.ts'

/** A presence dated further ahead than this was made by a clock that was wrong, and does not bind the next (s). */
const CLOCK_S = 60

export class KnownMachines {
  readonly #held: HeldFleet
  readonly #machines = new Map<string, Machine>()
  /** The newest presence of each machine (seconds, statement). */
  readonly #presences = new Map<string, { readonly iat: number; readonly jws: string }>()

  constructor(held: HeldFleet) {
    this.#held = held
  }

  get machines(): Machine[] {
    return [...this.#machines.values()]
  }

  get(id: string): Machine | undefined {
    return this.#machines.get(id)
  }

  /** Take what a relay shows; the machines of these entries as they are now known. */
  learn(entries: readonly RosterEntry[]): Machine[] {
    return entries.map((entry) => {
      const machine = this.#newest(machineOf(this.#held.fleet, entry, Date.now()), entry)
      this.#machines.set(machine.id, machine)
      return machine
    })
  }

  /** An older presence than one already seen is the relay showing the past: what was seen stands. */
  #newest(machine: Machine, entry: RosterEntry): Machine {
    const held = this.#presences.get(machine.id)
    const { presence } = machine
    const isBound = held !== undefined && held.iat <= Date.now() / 1000 + CLOCK_S
    if (isBound && (presence === undefined || presence.iat < held.iat)) {
      return machineOf(this.#held.fleet, { ...entry, presence: held.jws }, Date.now())
    }
    if (presence !== undefined && entry.presence !== undefined) {
      this.#presences.set(machine.id, { iat: presence.iat, jws: entry.presence })
    }
    return machine
  }
}
