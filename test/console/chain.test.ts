// Both chains against whoever holds the file: whatever is removed, altered, swapped, doubled or cut off is found.
import * as fc from 'fast-check'
import t from 'tap'
import { firstBreak, type Link } from '../../console/chain.ts'
import { examine } from '../../console/receipts.ts'
import { type Head, hashLine, NO_HEAD } from '../../protocol/chain-file.ts'
import { identity, type Identity } from '../../protocol/keys.ts'
import { issueReceipt, type Outcome } from '../../protocol/receipt.ts'
import { requestHash, signRequest } from '../../protocol/request-signature.ts'
import { FUZZ_RUNS, SLOW_RUNS } from '../fuzz.ts'

const FLEET = 'F'.repeat(20)
const [agent, operator, stranger] = [identity(), identity(), identity()]

/** Lines as a relay writes them, each naming the one before. */
function auditLines(count: number): string[] {
  const lines: string[] = []
  let prev = NO_HEAD.hash
  for (let n = 1; n <= count; n++) {
    const line = JSON.stringify({ n, t: n, what: 'connect', prev })
    lines.push(line)
    prev = hashLine(line)
  }
  return lines
}

function linkOf(line: string): Link {
  const { n, prev } = JSON.parse(line)
  return { n, hash: hashLine(line), prev }
}

/** Receipts as an agent writes them: each of a request that `by` signed, if there is one. */
function receipts(count: number, signer: Identity = operator, by: Identity = agent): string[] {
  const made: string[] = []
  let prev = NO_HEAD.hash
  for (let n = 1; n <= count; n++) {
    const request = { action: 'run', request: `{"n":${n}}`, by: n }
    const hash = requestHash(request)
    const sig = signRequest(FLEET, agent.public, signer, request)
    const asked = { operator: operator.public, name: 'alice', ...request, hash, sig }
    const outcome: Outcome = { word: 'done' }
    const body = { fleet: FLEET, agent: agent.public, n, prev, t: n, salt: 'A'.repeat(22), outcome }
    const jws = issueReceipt(by, n % 2 === 1 ? { ...body, asked } : { ...body, of: n - 1 })
    made.push(jws)
    prev = hashLine(jws)
  }
  return made
}

/** What someone with the file can do to it, as the lines that are left; never the same ones. */
const tampering = (lines: readonly string[]): fc.Arbitrary<readonly string[]> =>
  fc
    .record({
      how: fc.constantFrom('remove', 'alter', 'swap', 'cut', 'double', 'drop first'),
      at: fc.nat({ max: lines.length - 1 }),
      to: fc.nat({ max: lines.length - 1 }),
      bit: fc.nat({ max: 6 }),
      where: fc.nat(),
    })
    .map(({ how, at, to, bit, where }) => {
      const line = lines[at] ?? ''
      const other = lines[to] ?? ''
      if (how === 'remove') return lines.toSpliced(at, 1)
      if (how === 'drop first') return lines.slice(at + 1)
      if (how === 'cut') return lines.slice(0, at)
      if (how === 'double') return lines.toSpliced(at, 0, line)
      if (how === 'swap' && at !== to) return lines.with(at, other).with(to, line)
      const bytes = Buffer.from(line)
      const index = where % bytes.length
      bytes[index] = (bytes[index] ?? 0) ^ (1 << bit)
      return lines.with(at, bytes.toString())
    })

function headOf(lines: readonly string[]): Head {
  return { n: lines.length, hash: hashLine(lines.at(-1) ?? '') }
}

function linksOf(lines: readonly string[]): Link[] {
  return lines.map((line) => {
    try {
      const link = linkOf(line)
      return typeof link.n === 'number' && typeof link.prev === 'string' ? link : { n: 0, hash: '' }
    } catch {
      // No entry any more.
      return { n: 0, hash: '' }
    }
  })
}

void t.test('the relay’s chain: every tampering is found, and what is whole is whole', async (t) => {
  const lines = auditLines(12)
  t.equal(firstBreak(linksOf(lines), [headOf(lines)]), undefined)
  fc.assert(
    fc.property(tampering(lines), (left) => firstBreak(linksOf(left), [headOf(lines)]) !== undefined),
    { numRuns: FUZZ_RUNS * 5 },
  )
})

void t.test('a chain that was rewritten from some entry on is found by any head seen after it', async () => {
  const lines = auditLines(12)
  fc.assert(
    fc.property(fc.nat({ max: 11 }), fc.nat({ max: 11 }), (from, later) => {
      const seen = Math.max(from, later)
      const rewritten = lines.slice(0, from)
      let prev = rewritten.length === 0 ? NO_HEAD.hash : hashLine(rewritten.at(-1) ?? '')
      for (let n = from + 1; n <= 14; n++) {
        const line = JSON.stringify({ n, t: 99, what: 'connect', prev })
        rewritten.push(line)
        prev = hashLine(line)
      }
      const head = { n: seen + 1, hash: hashLine(lines[seen] ?? '') }
      const found = firstBreak(linksOf(rewritten), [head, headOf(rewritten)])
      return found?.what === 'altered' && found.n === seen + 1
    }),
  )
})

void t.test('what is withheld still holds the chain together', async (t) => {
  const lines = auditLines(12)
  const hidden = linksOf(lines).map((link) => (link.n % 3 === 0 ? link : { n: link.n, hash: link.hash }))
  t.equal(firstBreak(hidden, [headOf(lines)]), undefined)
  const swapped = hidden.with(1, { n: 2, hash: NO_HEAD.hash })
  t.match(firstBreak(swapped, [headOf(lines)]), { n: 2, what: 'altered' }, 'the one before a shown one')
})

void t.test('the first entries may be gone only when as many as are always kept are there', async (t) => {
  const lines = auditLines(2_100)
  t.equal(firstBreak(linksOf(lines.slice(90)), [headOf(lines)]), undefined)
  t.match(firstBreak(linksOf(lines.slice(110)), [headOf(lines)]), { n: 1, what: 'removed' })
})

void t.test('receipts: every tampering is found, and what is whole is whole', async (t) => {
  const made = receipts(8)
  const shown = made.map((jws) => ({ jws }))
  t.match(examine(agent.public, shown, [headOf(made)]), { entries: 8, withheld: 0, broken: undefined })
  fc.assert(
    fc.property(tampering(made), (left) => {
      const read = left.map((jws) => ({ jws }))
      return examine(agent.public, read, [headOf(made)]).broken !== undefined
    }),
    { numRuns: SLOW_RUNS * 5 },
  )
})

void t.test('21. a receipt holds only with the signature of its machine and of its operator', async (t) => {
  t.match(broken(receipts(4, stranger)), { n: 1, what: 'bad signature', why: /did not sign what/ })
  t.match(broken(receipts(4, operator, stranger)), { n: 1, what: 'bad signature', why: /not signed by/ })
})

function broken(made: readonly string[]): unknown {
  const shown = made.map((jws) => ({ jws }))
  return examine(agent.public, shown, [headOf(made)]).broken
}
