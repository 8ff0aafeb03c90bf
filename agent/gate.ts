// What the owner, a freeze and a grant make of a request: nothing begins that did not pass here.
import type { Logger } from 'pino'
import type { Need } from '../protocol/action.ts'
import { RconsoleError } from '../protocol/errors.ts'
import { type Asked, checkFrozen, type Frozen, type OwnerPolicy } from '../protocol/owner-policy.ts'
import type { Launch } from './account.ts'
import { Consent } from './consent.ts'
import { FrozenFile } from './frozen.ts'
import { Grants } from './grants.ts'
import { showPattern } from './patterns.ts'
import type { Policy } from './policy.ts'
import type { Works } from './works.ts'

/** An operator as the fleet document names them. */
interface Caller {
  readonly name: string
  readonly key: string
}

/** How something that was let in may be done. */
export interface Permit extends Launch {
  /** Ended after this long, whatever was asked for (ms). */
  readonly timeout: number | undefined
  /** Ended when it has printed more (bytes). */
  readonly output: number | undefined
  /** Whether what it prints may be kept on the disk. */
  readonly keepsOutput: boolean
  /** Wait for a word at the machine where the owner wants one. @throws POLICY, FROZEN, BUSY, or why `signal` is aborted */
  consent(signal: AbortSignal): Promise<void>
  /** After whatever was waited for. @throws FROZEN */
  check(): void
  /** Before one more run, in the turn in which it registers itself in the works. @throws POLICY: too many at once */
  room(): void
}

export interface GateOptions {
  /** The agent's home. */
  readonly home: string
  readonly name: () => string
  readonly policy: Policy
  readonly works: Works
  readonly log: Logger
}

export class Gate {
  readonly grants: Grants
  readonly consent: Consent
  readonly #options: GateOptions
  readonly #frozen: FrozenFile
  policy: Policy

  /** @throws HOME */
  constructor(options: GateOptions) {
    this.#options = options
    this.policy = options.policy
    this.grants = new Grants(options.home)
    this.#frozen = new FrozenFile(options.home)
    this.consent = new Consent(options.log)
  }

  get frozen(): Frozen | undefined {
    return this.#frozen.frozen
  }

  /** What the presence shows. */
  get shown(): OwnerPolicy {
    const grants = this.grants.current.map(({ what, name, until }) => ({ what, to: name, until }))
    return { ...this.policy.shown, ...(grants.length > 0 && { grants }) }
  }

  /** @throws POLICY, FROZEN: by which rule, and what would allow it */
  admit(need: Need, caller: Caller): Permit {
    const asked = { machine: this.#options.name(), operator: caller.name, rule: need.rule }
    const check = (): void => checkFrozen(this.frozen, asked)
    check()
    const account = this.policy.check(need, asked, this.grants.has(need.rule, caller.key))
    const { limits, outputs } = this.policy.rules
    return {
      account,
      nice: limits.nice,
      timeout: limits.timeout,
      output: limits.output,
      keepsOutput: outputs.keep,
      consent: (signal) => this.#consent(need, asked, signal),
      check,
      room: () => this.#checkRoom(asked),
    }
  }

  /** Whether their shells may stay: after a grant has ended. */
  mayKeepShell(caller: Caller): boolean {
    return this.policy.shown.off?.includes('shell') !== true || this.grants.has('shell', caller.key)
  }

  freeze(frozen: Frozen): void {
    this.#frozen.set(frozen)
  }

  unfreeze(): void {
    this.#frozen.clear()
  }

  async #consent(need: Need, asked: Asked, signal: AbortSignal): Promise<void> {
    const { consent } = this.policy.rules
    if (consent === 'none' || !isBeginning(need)) return
    if (consent === 'notify') this.consent.notify(asked)
    else await this.consent.ask(asked, whatOf(need), signal)
  }

  #checkRoom({ machine }: Asked): void {
    const { runs } = this.policy.rules.limits
    if (runs === undefined || this.#options.works.count('run') < runs) return
    throw new RconsoleError(
      'POLICY',
      `${machine} refuses run: ${runs} runs are under way, as many as limits.runs of ${this.policy.where} allows; wait for one to end`,
    )
  }
}

/** Whether a program or shell of an operator's begins with it; to follow one that runs is another thing. */
function isBeginning({ rule, argv, line }: Need): boolean {
  return rule === 'shell' || (rule === 'run' && (argv ?? line) !== undefined)
}

/** For the owner to see: the program, the line, or that it is a shell. */
function whatOf({ argv, line }: Need): string {
  const [first, ...rest] = argv ?? []
  const what = first === undefined ? line : showPattern([first, ...rest])
  return what?.slice(0, 200) ?? 'an interactive shell'
}
