// What the owner of a machine lets through, as its presence says: refused here, before anything is sent.
import type { Need } from '../protocol/action.ts'
import type { Fleet } from '../protocol/fleet.ts'
import { checkFrozen, checkOff, type OwnerPolicy } from '../protocol/owner-policy.ts'
import type { Machine } from './machine.ts'

/** @throws POLICY, FROZEN: the line that the agent itself would answer */
export function checkOwner({ name, presence }: Machine, need: Need, fleet: Fleet, key: string): void {
  if (presence === undefined) return
  const operator = fleet.body.operators.find((one) => one.key === key)?.name ?? 'you'
  const asked = { machine: name, operator, rule: need.rule }
  checkFrozen(presence.frozen, asked)
  checkOff(presence.policy, asked, Date.now() / 1000)
}

/** A policy in a few words: 'full', 'full as ops', 'diagnose', 'full ask no-shell', 'diagnose (safe mode)'. */
export function policyWords({ mode, off = [], runAs, consent, safe }: OwnerPolicy): string {
  const closed = off.filter((rule) => rule === 'kill' || (rule === 'shell' && mode === 'full'))
  const first = safe === undefined ? mode : `${mode} (safe mode)`
  const words = [
    first,
    ...(runAs === undefined ? [] : [`as ${runAs}`]),
    ...(consent === 'ask' ? ['ask'] : []),
  ]
  return [...words, ...closed.map((rule) => `no-${rule}`)].join(' ')
}
