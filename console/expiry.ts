// What runs out soon: the fleet document, and an operator's own entry in it.
import type { Fleet } from '../protocol/fleet.ts'
import { scopeFlags } from './people.ts'
import { formatAge } from './units.ts'

const SOON_MS = 14 * 86_400_000

export interface Warning {
  readonly what: string
  /** What a signer does about it. */
  readonly remedy: string
}

/** What runs out within 14 days; of the operator `key`, or of all of them. `now` in ms. */
export function expiryWarnings(fleet: Fleet, key: string | undefined, now: number): Warning[] {
  const { body } = fleet
  const warnings: Warning[] = []
  const left = body.exp * 1000 - now
  if (left < SOON_MS) {
    const remedy = 'a signer renews it with rconsole fleet publish --renew'
    warnings.push({ what: `the fleet document ${ending(left)}`, remedy })
  }
  for (const operator of body.operators) {
    const time = operator.exp * 1000 - now
    const isOther = key !== undefined && operator.key !== key
    if (isOther || time >= SOON_MS || body.revoked.includes(operator.key)) continue
    const again = ['rconsole operator add', operator.name, operator.key, '--role', operator.role]
    for (const pair of scopeFlags(operator.scope)) again.push('--scope', pair)
    const remedy = `a signer gives more time with ${again.join(' ')} --ttl 90d`
    warnings.push({ what: `${operator.name} ${ending(time)}`, remedy })
  }
  return warnings
}

export function warningLine({ what, remedy }: Warning): string {
  return `${what}: ${remedy}`
}

function ending(left: number): string {
  return left > 0 ? `runs out in ${formatAge(left)}` : `ran out ${formatAge(-left)} ago`
}
