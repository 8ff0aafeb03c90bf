// What the owner of this machine lets anyone do: checked after the signature, and not changeable from outside.
import type { PolicyRule } from '../protocol/action.ts'
import { RconsoleError } from '../protocol/errors.ts'

export const MODES = ['diagnose', 'full'] as const
export type Mode = (typeof MODES)[number]

/** The rules that each mode lets through. `kill` ends the agent, and its owner then has to start it again. */
const ALLOWED: Readonly<Record<Mode, readonly PolicyRule[]>> = {
  diagnose: ['facts', 'logs', 'lifecycle', 'kill'],
  full: ['facts', 'logs', 'control', 'lifecycle', 'kill', 'run', 'shell', 'read', 'write', 'forward'],
}

export class Policy {
  readonly mode: Mode

  constructor(mode: Mode) {
    this.mode = mode
  }

  /** @throws POLICY: by which rule, and what would allow it */
  check(rule: PolicyRule, machine: string): void {
    if (ALLOWED[this.mode].includes(rule)) return
    throw new RconsoleError(
      'POLICY',
      `${machine} refuses ${rule}: its owner runs ragent with mode ${this.mode}; only they can change that, on the machine`,
    )
  }
}

export function isMode(text: string): text is Mode {
  return MODES.some((mode) => mode === text)
}
