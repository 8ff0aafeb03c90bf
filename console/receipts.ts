// The receipts of one machine as a console reads them: each verified by itself and as part of its chain.
import type { OutputOf } from '../protocol/actions/index.ts'
import { hashLine, type Head } from '../protocol/chain-file.ts'
import { RconsoleError, toRconsoleError } from '../protocol/errors.ts'
import { isAskedSigned, readReceipt, type Receipt } from '../protocol/receipt.ts'
import { type Break, firstBreak, type Link } from './chain.ts'
import type { Client } from './client.ts'
import type { Machine } from './machine.ts'
import type { ChainReport } from './relay-audit.ts'

/** More than two files of the smallest receipts. */
const MOST_RECEIPTS = 250_000

type Shown = OutputOf<'history'>['receipts'][number]

export interface History extends ChainReport {
  /** Those that are shown and hold, oldest first. */
  readonly receipts: readonly Receipt[]
}

export interface ReadOptions {
  /** From the first that is not older (ms); all without. */
  readonly since?: number | undefined
  /** What this console has seen of them. */
  readonly seen: readonly Head[]
  readonly signal: AbortSignal
}

/** What was read of a chain of receipts so far. */
interface Reading {
  readonly links: Link[]
  readonly receipts: Receipt[]
  unsigned: Break | undefined
}

/** Read the receipts of `machine`, and check them. @throws what `client.call` throws */
export async function readHistory(
  client: Client,
  machine: Machine,
  { since, seen, signal }: ReadOptions,
): Promise<History> {
  const reading: Reading = { links: [], receipts: [], unsigned: undefined }
  const call = client.call(machine, 'history', since === undefined ? {} : { since }, { signal })
  for (;;) {
    const { done, value } = await call.next()
    if (done !== true) {
      for (const shown of value.receipts) take(machine.key, shown, reading)
      if (reading.links.length > MOST_RECEIPTS)
        throw new RconsoleError('INVALID_MESSAGE', `${machine.name} answered a history that has no end`)
      continue
    }
    const heads = [...seen, machine.presence?.head, value.head]
    return { ...judged(reading, heads, since === undefined), head: value.head }
  }
}

/** What `shown` is worth as a chain of the agent `key` of which `heads` were seen. */
export function examine(
  key: string,
  shown: readonly Shown[],
  heads: readonly (Head | undefined)[],
): Omit<History, 'head'> {
  const reading: Reading = { links: [], receipts: [], unsigned: undefined }
  for (const one of shown) take(key, one, reading)
  return judged(reading, heads, true)
}

function judged(
  { links, receipts, unsigned }: Reading,
  heads: readonly (Head | undefined)[],
  isWhole: boolean,
): Omit<History, 'head'> {
  const withheld = links.filter(({ prev }) => prev === undefined).length
  return {
    entries: links.length,
    withheld,
    receipts,
    broken: first(unsigned, firstBreak(links, heads, isWhole)),
  }
}

function take(key: string, shown: Shown, reading: Reading): void {
  const { links, receipts } = reading
  if (!('jws' in shown)) {
    links.push(shown)
    return
  }
  const { link, receipt, bad } = check(key, shown.jws, (links.at(-1)?.n ?? 0) + 1)
  links.push(link)
  reading.unsigned ??= bad
  if (receipt !== undefined) receipts.push(receipt)
}

/** One receipt: signed by the machine, about itself, and what was asked signed by who is said to have asked. */
function check(key: string, jws: string, expected: number): { link: Link; receipt?: Receipt; bad?: Break } {
  const hash = hashLine(jws)
  try {
    const receipt = readReceipt(key, jws)
    const { n, prev } = receipt
    const why = whyUnsigned(receipt, key)
    return { link: { n, hash, prev }, receipt, ...(why !== undefined && { bad: bad(n, why) }) }
  } catch (error) {
    return { link: { n: expected, hash }, bad: bad(expected, toRconsoleError(error).message) }
  }
}

function whyUnsigned(receipt: Receipt, key: string): string | undefined {
  if (receipt.agent !== key) return 'it is about another machine'
  if (receipt.asked === undefined || isAskedSigned(receipt, receipt.asked)) return undefined
  return `${receipt.asked.name} did not sign what it says they asked`
}

function bad(n: number, why: string): Break {
  return { n, what: 'bad signature', why }
}

function first(one: Break | undefined, other: Break | undefined): Break | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return one.n <= other.n ? one : other
}
