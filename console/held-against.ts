// What this console asked, held against a machine's receipts: what never arrived, and what it never asked for.
import type { ErrorCode } from '../protocol/errors.ts'
import { EFFECT_MS } from '../protocol/limits.ts'
import type { Asked } from './asked.ts'
import type { Break } from './chain.ts'
import type { Machine } from './machine.ts'
import type { History } from './receipts.ts'

/** Said by this console or on the relay's word: the machine may never have heard of it. */
const UNHEARD: ReadonlySet<string> = new Set<ErrorCode>([
  'LOST',
  'OFFLINE',
  'GONE',
  'CANCELLED',
  'RELAY_UNREACHABLE',
  'TIMED_OUT',
])

export interface Held {
  readonly machine: Machine
  readonly history: History
  readonly asked: ReadonlyMap<string, Asked>
  /** The key of this console's operator. */
  readonly me: string
  /** Nothing older (ms) is held against anyone. */
  readonly since: number
  readonly now: number
}

/** The first request without a receipt, or receipt without a request. */
export function heldAgainst({ machine, history, asked, me, since, now }: Held): Break | undefined {
  const mine = history.receipts.filter((receipt) => receipt.asked?.operator === me)
  const known = new Set(mine.map((receipt) => receipt.asked?.hash))
  // Where a chain was shortened, or a journal, what is older cannot be compared.
  const [first] = history.receipts
  const oldestReceipt = first === undefined || first.n === 1 ? 0 : first.t
  const oldestAsked = Math.min(now, ...[...asked.values()].map(({ t }) => t))
  const stranger = mine.find(
    ({ t, asked: request }) => t >= Math.max(since, oldestAsked) && !asked.has(request?.hash ?? ''),
  )
  if (stranger?.asked !== undefined) {
    const { action, by } = stranger.asked
    const when = new Date(by - EFFECT_MS).toISOString()
    const why = `this console never asked for that ${action} of ${when}: another one has your key`
    return { n: stranger.n, what: 'not mine', why }
  }
  // A machine whose disk was full says how many receipts it could not write.
  let missed = history.receipts.reduce((sum, receipt) => sum + (receipt.missed ?? 0), 0)
  for (const request of asked.values()) {
    const isOld = request.t < since || request.t < oldestReceipt
    const isUnderWay = request.told === undefined && now - request.t < EFFECT_MS
    const isOther = request.machine !== machine.id || known.has(request.hash)
    if (isOther || isOld || isUnderWay) continue
    const wasHeard = request.told === 'result'
    // Any other answer is a refusal under seal, which a machine may give at its door, before there is a receipt.
    if (!wasHeard && request.told !== undefined && !UNHEARD.has(request.told)) continue
    if (wasHeard && missed-- > 0) continue
    return withoutReceipt(request, wasHeard, history)
  }
  return undefined
}

function withoutReceipt({ action, t, told }: Asked, wasHeard: boolean, { head }: History): Break {
  const n = (head?.n ?? 0) + 1
  const what = `${action} that this console asked for at ${new Date(t).toISOString()}`
  if (wasHeard) return { n, what: 'removed', why: `the ${what} was answered and has no receipt` }
  const then = told === undefined ? '' : `, as it was told (${told})`
  return { n, what: 'dropped', why: `the ${what} never arrived${then}: dropped on its way` }
}
