// What runs out soon: the fleet document, and an operator's own entry in it.
import type { Fleet } from '../protocol/fleet.ts'
import { formatAge } from './units.ts'

const SOON_MS = 14 * 86_400_000

/** A line for each thing that runs out within 14 days; of the operator `key`, or of all of them. `now` in ms. */
export function expiryWarnings(fleet: Fleet, key: string | undefined, now: number): string[] {
  const { body } = fleet
  const warnings: string[] = []
  const left = body.exp * 1000 - now
  if (left < SOON_MS) {
    warnings.push(
      `The fleet document ${ending(left)}: a signer renews it with rconsole fleet publish --renew`,
    )
  }
  for (const operator of body.operators) {
    const time = operator.exp * 1000 - now
    if ((key !== undefined && operator.key !== key) || time >= SOON_MS || body.revoked.includes(operator.key))
      continue
    warnings.push(
      `${operator.name} ${ending(time)}: a signer gives more time with rconsole operator add ${operator.name} ${operator.key} --role ${operator.role} --ttl 90d`,
    )
  }
  return warnings
}

function ending(left: number): string {
  return left > 0 ? `runs out in ${formatAge(left)}` : `ran out ${formatAge(-left)} ago`
}
