// Whether a chain holds: each entry follows from the one before, and everything that was seen of it is still in it.
import { type Head, NO_HEAD } from '../protocol/chain-file.ts'
import { AUDIT_LEAST } from '../protocol/limits.ts'

/** One entry, as far as it is shown: one that is withheld stands there as its number and its hash. */
export interface Link {
  readonly n: number
  readonly hash: string
  /** The hash of the one before, if this one is shown. */
  readonly prev?: string
}

export type Damage =
  | 'removed'
  | 'altered'
  | 'reordered'
  | 'truncated'
  | 'doubled'
  | 'bad signature'
  | 'dropped'
  | 'not mine'

/** The first broken entry of a chain. */
export interface Break {
  readonly n: number
  readonly what: Damage
  readonly why: string
}

/**
 * The first entry that breaks the chain, or undefined when it is whole. `heads` are what was seen of it: the newest is
 * the one that it is said to end with. `isWhole`: it should begin with the first entry that is kept at all.
 */
export function firstBreak(
  links: readonly Link[],
  heads: readonly (Head | undefined)[],
  isWhole = true,
): Break | undefined {
  const seen = heads.filter((head) => head !== undefined)
  const found = [
    isWhole ? brokenStart(links, seen) : undefined,
    brokenLink(links),
    // Of a part that is empty nothing can be said.
    ...(isWhole || links.length > 0 ? seen.map((head) => missing(links, head)) : []),
  ]
  return found.filter((one) => one !== undefined).toSorted((one, other) => one.n - other.n)[0]
}

/** A chain begins with its first entry, or with the first of those that are always kept. */
function brokenStart(links: readonly Link[], seen: readonly Head[]): Break | undefined {
  const [first] = links
  const last = Math.max(0, ...links.map(({ n }) => n), ...seen.map(({ n }) => n))
  if (first === undefined || first.n <= 1) {
    const isBegun = first?.prev === undefined || first.prev === NO_HEAD.hash
    return isBegun ? undefined : { n: 1, what: 'altered', why: 'it names an entry before the first' }
  }
  if (last - first.n >= AUDIT_LEAST) return undefined
  return { n: 1, what: 'removed', why: `the oldest kept is ${first.n} of ${last}; more are always kept` }
}

function brokenLink(links: readonly Link[]): Break | undefined {
  for (const [at, link] of links.entries()) {
    const before = links[at - 1]
    const expected = before === undefined ? link.n : before.n + 1
    if (link.n === 0) return { n: expected, what: 'altered', why: 'what stands there is no entry' }
    if (link.n !== expected) return misplaced(links, link, expected)
    if (before !== undefined && link.prev !== undefined && link.prev !== before.hash)
      return { n: before.n, what: 'altered', why: `entry ${link.n} does not follow from it` }
  }
  return undefined
}

function misplaced(links: readonly Link[], { n }: Link, expected: number): Break {
  if (n < expected) return { n, what: 'doubled', why: `it comes again after ${expected - 1}` }
  if (links.some((link) => link.n === expected))
    return { n: expected, what: 'reordered', why: `${n} stands before it` }
  return { n: expected, what: 'removed', why: `${n} follows ${expected - 1}` }
}

function missing(links: readonly Link[], head: Head): Break | undefined {
  const [first] = links
  const last = links.at(-1)?.n ?? 0
  // Older than what is shown: nothing can be said.
  if (first !== undefined && head.n < first.n) return undefined
  if (head.n > last)
    return { n: last + 1, what: 'truncated', why: `it ends with ${last}, and had ${head.n} when it was seen` }
  const held = links.find(({ n }) => n === head.n)
  if (held === undefined || held.hash === head.hash) return undefined
  return { n: head.n, what: 'altered', why: 'it, or one before it, is not what this console saw' }
}
