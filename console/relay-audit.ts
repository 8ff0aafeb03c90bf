// The relay's audit as a console reads it: every page, each entry that is shown to this operator, and whether it holds.
import * as v from 'valibot'
import { type AuditItem, auditEntrySchema } from '../protocol/audit.ts'
import { type Head, hashLine } from '../protocol/chain-file.ts'
import { RconsoleError } from '../protocol/errors.ts'
import { type Break, firstBreak, type Link } from './chain.ts'
import type { Client } from './client.ts'

/** Entries of two full files, the shortest there are: an audit that goes on is made up. */
const MOST_ENTRIES = 500_000

export interface ChainReport {
  readonly entries: number
  /** Of them, not shown to this operator. */
  readonly withheld: number
  readonly head: Head | undefined
  readonly broken: Break | undefined
}

/** Read it all, and check it against `seen`. @throws RELAY_UNREACHABLE */
export async function checkRelay(client: Client, seen: readonly Head[]): Promise<ChainReport> {
  const links: Link[] = []
  let head: Head | undefined
  for (let more = true; more;) {
    const page = await client.audit({ after: links.at(-1)?.n ?? 0 })
    links.push(...page.items.map((item) => linkOf(item)))
    head = page.head
    more = page.more && page.items.length > 0
    if (links.length > MOST_ENTRIES)
      throw new RconsoleError('INVALID_MESSAGE', 'the relay answered an audit that has no end')
    // Where the numbers end, there is no asking for what follows.
    if (links.at(-1)?.n === 0) break
  }
  const withheld = links.filter(({ prev }) => prev === undefined).length
  return { entries: links.length, withheld, head, broken: firstBreak(links, [...seen, head]) }
}

function linkOf(item: AuditItem): Link {
  if (!('line' in item)) return item
  const hash = hashLine(item.line)
  try {
    const { n, prev } = v.parse(auditEntrySchema, JSON.parse(item.line))
    return { n, hash, prev }
  } catch {
    // No entry: the chain ends here, and is said to.
    return { n: 0, hash }
  }
}
