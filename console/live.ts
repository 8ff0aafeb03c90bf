// The terminal UI on a real connection: the fleet as it changes, and a prompt on any machine of it.
import { toRconsoleError } from '../protocol/errors.ts'
import { isDue, keepSigned, type Signatory } from './accept.ts'
import type { Client } from './client.ts'
import { expiryWarnings } from './expiry.ts'
import type { Machine } from './machine.ts'
import { policyWords } from './owner.ts'
import { Prompt as LinePrompt, type Screen } from './prompt.ts'
import type { Meanings } from './targets.ts'
import { Feed } from './ui-feed.ts'
import type { Fleet, MachineRow, Prompt, RelayState } from './ui/fleet.ts'
import type { Who } from './who.ts'

/** How often the round trip to the relay is measured (ms): a glance, not a graph. */
const ECHO_MS = 30_000
/** Changes that come together are told as one (ms). */
const TELL_MS = 200

export class LiveFleet implements Fleet {
  readonly #client: Client
  readonly #listeners = new Set<() => void>()
  readonly #stop: () => void
  readonly #timer: NodeJS.Timeout
  #rtt: number | undefined
  readonly #who: Who
  /** One row for each machine, the same for as long as nothing about it changes. */
  readonly #rows = new WeakMap<Machine, MachineRow>()
  #shown: readonly MachineRow[] | undefined
  #telling: NodeJS.Timeout | undefined
  readonly joinHint: string
  readonly vitals: Feed
  readonly meanings: Meanings

  constructor(client: Client, who: Who, { joinHint, meanings }: Pick<Fleet, 'joinHint' | 'meanings'>) {
    this.#client = client
    this.#who = who
    this.joinHint = joinHint
    this.meanings = meanings
    this.vitals = new Feed(client)
    this.#stop = client.onChange(() => this.#changed())
    this.#timer = setInterval(() => void this.#measure(), ECHO_MS)
    void this.#measure()
  }

  get machines(): readonly MachineRow[] {
    this.#shown ??= this.#client.machines
      .filter(({ standing }) => standing !== 'forgotten')
      .map((machine) => this.#rowOf(machine))
    return this.#shown
  }

  get relay(): RelayState {
    const rtt = this.#client.isUp ? this.#rtt : undefined
    return { url: this.#who.relay.url, up: this.#client.isUp, ...(rtt === undefined ? {} : { rtt }) }
  }

  get warning(): string {
    const { fleet, operator } = this.#who
    return expiryWarnings(fleet, operator.public, Date.now())
      .map(({ what }) => what)
      .join('; ')
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  close(): void {
    clearInterval(this.#timer)
    clearTimeout(this.#telling)
    this.vitals.close()
    this.#stop()
  }

  async #measure(): Promise<void> {
    try {
      this.#rtt = await this.#client.echo()
    } catch {
      // Not connected just now: the header says so.
      this.#rtt = undefined
    }
    this.#changed()
  }

  /** Ten thousand machines that come back at once are a few changes, not ten thousand. */
  #changed(): void {
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined
      this.#shown = undefined
      for (const listener of this.#listeners) listener()
    }, TELL_MS)
  }

  #rowOf(machine: Machine): MachineRow {
    const known = this.#rows.get(machine)
    if (known !== undefined) return known
    const row = rowOf(machine)
    this.#rows.set(machine, row)
    return row
  }
}

/** Sign for machines as they join, for as long as the UI is open. Returns how to stop. */
export function acceptAsTheyJoin(client: Client, signatory: Signatory): () => void {
  const tried = new Set<string>()
  return client.onChange(() => {
    const due = client.machines.filter((machine) => !tried.has(machine.id) && isDue(signatory, machine))
    for (const { id } of due) tried.add(id)
    // A relay that cannot be reached just now: the machine stays good until its token runs out, and is signed for next time.
    if (due.length > 0) keepSigned(signatory, due).catch(() => due.forEach(({ id }) => tried.delete(id)))
  })
}

/** The seed's prompt on one machine, for the UI. */
export function uiPrompt(client: Client, id: string): Prompt {
  const machine = client.machines.find((known) => known.id === id)
  const prompt = machine === undefined ? undefined : new LinePrompt(client, machine)
  return {
    async run(line, write, signal) {
      if (prompt === undefined) throw new Error('this machine is not known any more')
      try {
        await prompt.line(line, screenOf(prompt.name, write), signal)
      } catch (error) {
        throw new Error(toRconsoleError(error).message, { cause: error })
      }
    },
    close: () => Promise.resolve(),
  }
}

function screenOf(name: string, write: (output: Uint8Array | string) => void): Screen {
  const show = (output: Uint8Array | string): Promise<void> => {
    write(output)
    return Promise.resolve()
  }
  return {
    bytes: (_fd, data) => show(data),
    text: show,
    clear: () => Promise.resolve(),
    confirm(word) {
      write(`${word} ${name}: type exactly that to do it\n`)
      return Promise.resolve(false)
    },
  }
}

function rowOf({ id, name, state, since, by, labels, presence, reason }: Machine): MachineRow {
  // For a machine that is back, who reset it is in the reason; the column has room for one cause.
  const cause = state === 'online' ? undefined : (by ?? reason)
  return {
    id,
    name,
    state,
    since,
    ...(cause === undefined ? {} : { by: cause }),
    os: presence?.os ?? '',
    labels,
    policy: presence === undefined ? '' : policyWords(presence.policy),
    version: presence?.ver ?? '',
  }
}
