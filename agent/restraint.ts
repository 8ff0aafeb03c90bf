// What changes for everyone while the agent lives: frozen, thawed, granted and taken back; each is said in the presence.
import type { Logger } from 'pino'
import { RconsoleError } from '../protocol/errors.ts'
import type { Frozen } from '../protocol/owner-policy.ts'
import type { Door } from './door.ts'
import type { Gate } from './gate.ts'
import type { Freezer } from './handler.ts'
import type { Works } from './works.ts'

export interface RestraintOptions {
  readonly name: string
  readonly gate: Gate
  readonly door: Door
  readonly works: Works
  readonly log: Logger
  /** Sign a new presence. */
  readonly tell: () => void
}

export class Restraint implements Freezer {
  readonly #options: RestraintOptions

  constructor(options: RestraintOptions) {
    this.#options = options
  }

  get frozen(): Frozen | undefined {
    return this.#options.gate.frozen
  }

  freeze(by: string, killRuns: boolean): void {
    const { name, gate, door, log, tell } = this.#options
    if (gate.frozen === undefined) {
      gate.freeze({ by, at: Math.floor(Date.now() / 1000) })
      log.warn({ by }, 'frozen')
      door.freeze(new RconsoleError('FROZEN', `${name} was frozen by ${by}`))
      tell()
    }
    if (killRuns) this.#end('run', `frozen by ${by}`)
  }

  unfreeze(): void {
    const { gate, log, tell } = this.#options
    if (gate.frozen === undefined) return
    gate.unfreeze()
    log.warn('not frozen any more')
    tell()
  }

  /** Grants have changed: hang up the shells that nothing allows any more. */
  granted(): void {
    const { gate, door, tell } = this.#options
    const callers = new Map(door.callers.map((caller) => [caller.key, caller]))
    for (const caller of callers.values())
      if (!gate.mayKeepShell(caller)) this.#end('shell', 'its grant has ended', caller.key)
    tell()
  }

  #end(kind: 'run' | 'shell', why: string, operator?: string): void {
    const { works, log } = this.#options
    works.end(kind, why, operator).catch((error: unknown) => log.error({ err: error }, 'ending failed'))
  }
}
