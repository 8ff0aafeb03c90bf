// Words of a command line that have to be one of a few, or a number.
import * as v from 'valibot'
import { unit } from '../protocol/actions/services.ts'
import { RconsoleError } from '../protocol/errors.ts'

/** @throws USAGE */
export function pick<const T extends string>(flag: string, word: string, known: readonly T[]): T {
  const found = known.find((one) => one === word)
  if (found !== undefined) return found
  throw new RconsoleError(
    'USAGE',
    `${flag}: expected one of ${known.join(', ')}, got ${JSON.stringify(word)}`,
  )
}

/** @throws USAGE */
export function whole(flag: string, word: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(word) ? Number(word) : NaN
  if (value >= least && value <= most) return value
  throw new RconsoleError(
    'USAGE',
    `${flag}: expected a number from ${least} to ${most}, got ${JSON.stringify(word)}`,
  )
}

/** @throws USAGE */
export function unitNamed(word: string): string {
  if (v.is(unit, word)) return word
  throw new RconsoleError('USAGE', `expected the name of a service, like nginx, got ${JSON.stringify(word)}`)
}
