// The prompts that have been opened, a bounded number of them, each with what it has shown.
import type { MachineRow, Prompt } from './fleet.ts'
import { Session } from './session.ts'

/** Sessions kept; then the oldest idle one is closed for each new one. */
const MOST = 16

export interface SessionsOptions {
  readonly openPrompt: (machineId: string) => Prompt
  readonly changed: () => void
  readonly failed: (error: unknown) => void
  /** Style of our own words among the output. */
  readonly quiet: number
}

export class Sessions {
  readonly #options: SessionsOptions
  readonly #byMachine = new Map<string, Session>()

  constructor(options: SessionsOptions) {
    this.#options = options
  }

  of(machine: MachineRow): Session {
    const known = this.#byMachine.get(machine.id)
    if (known !== undefined) return known
    this.#makeRoom()
    const { openPrompt, changed, quiet } = this.#options
    const session = new Session({ machine, open: () => openPrompt(machine.id), changed, quiet })
    this.#byMachine.set(machine.id, session)
    return session
  }

  async close(): Promise<void> {
    await Promise.all([...this.#byMachine.values()].map((session) => session.close()))
  }

  #makeRoom(): void {
    if (this.#byMachine.size < MOST) return
    const idle = [...this.#byMachine].find(([, session]) => !session.isRunning)
    if (idle === undefined) return
    this.#byMachine.delete(idle[0])
    idle[1].close().catch(this.#options.failed)
  }
}
