// The key that goes before what a shell's keys mean to us: Ctrl-], as in telnet, or the one that RCONSOLE_PREFIX names.
import { RconsoleError } from '../protocol/errors.ts'

export interface Prefix {
  /** What the terminal sends for it. */
  readonly byte: number
  /** As people write it: `Ctrl-]`. */
  readonly label: string
}

const WRITTEN = /^(?:\^|C-|Ctrl-)([A-Za-z@[\]\\^_])$/i
/** Keys that everything else depends on: Tab, Enter (twice), Ctrl-C, Esc. */
const TAKEN = new Set([0x03, 0x09, 0x0a, 0x0d, 0x1b])

/** @throws USAGE when RCONSOLE_PREFIX is no such key */
export function prefixOf(env: NodeJS.ProcessEnv): Prefix {
  const told = env['RCONSOLE_PREFIX'] ?? 'Ctrl-]'
  const key = WRITTEN.exec(told)?.[1]?.toUpperCase()
  const byte = (key?.charCodeAt(0) ?? 0) & 0x1f
  if (key === undefined || TAKEN.has(byte))
    throw new RconsoleError(
      'USAGE',
      `RCONSOLE_PREFIX: expected a key like Ctrl-] or Ctrl-A, got ${JSON.stringify(told)}`,
    )
  return { byte, label: `Ctrl-${key}` }
}
