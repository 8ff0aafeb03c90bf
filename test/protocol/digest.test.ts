// The digest of an output: equal where only a machine's own names differ, however it is cut, and never blind to the rest.
import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import t from 'tap'
import { OutputDigest } from '../../protocol/digest.ts'
import { ALIKE_BYTES } from '../../protocol/limits.ts'
import { FUZZ_RUNS } from '../fuzz.ts'

const WEB1 = ['web-1', 'web-1.example.com', '10.0.0.1', 'fe80::1', '02:42:ac:11:00:02']
const WEB2 = ['web-22', 'web-22.example.com', '10.0.0.22', 'fe80::22', '02:42:ac:11:00:22']

function digest(stdout: string, names: readonly string[] = [], alike = false) {
  const all = new OutputDigest({ names, alike })
  all.push(1, Buffer.from(stdout))
  return all.end()
}

/** length(8) | SHA-256 */
function half(text: string): Buffer {
  const length = Buffer.alloc(8)
  length.writeBigUInt64BE(BigInt(text.length))
  return Buffer.concat([length, createHash('sha256').update(text).digest()])
}

function of(...chunks: readonly (readonly [1 | 2, string])[]): string {
  const all = new OutputDigest({ names: [] })
  for (const [fd, text] of chunks) all.push(fd, Buffer.from(text))
  return all.end().digest
}

const isEqual = (one: string, other: string): boolean =>
  digest(one, WEB1).digest === digest(other, WEB2).digest

void t.test('it is what the documents say it is', async (t) => {
  const all = new OutputDigest({ names: WEB1 })
  all.push(1, Buffer.from('I am web-1, at 10.0.0.1'))
  all.push(2, Buffer.from('\n'))
  const halves = Buffer.concat([half('I am \0name\0, at \0address\0'), half('\n')])
  t.strictSame(all.end(), {
    stdout: 23,
    stderr: 1,
    digest: createHash('sha256').update(halves).digest('base64url'),
    masked: ['web-1', '10.0.0.1'],
    alike: undefined,
  })
})

void t.test('whole names are masked, and nothing else', async (t) => {
  for (const [one, other] of [
    ['web-1', 'web-22'],
    ['root@web-1:/srv/web-1/x\n', 'root@web-22:/srv/web-22/x\n'],
    ['here is web-1.', 'here is web-22.'],
    ['http://10.0.0.1:80/', 'http://10.0.0.22:80/'],
    ['inet6 fe80::1/64, [fe80::1]:80', 'inet6 fe80::22/64, [fe80::22]:80'],
    ['web-1.example.com web-1', 'web-22.example.com web-22'],
    ['ether 02:42:ac:11:00:02 brd', 'ether 02:42:ac:11:00:22 brd'],
  ] as const) {
    t.ok(isEqual(one, other), one)
  }
  for (const [one, other] of [
    ['web-1', '10.0.0.22'],
    ['web-1', 'web-22.example.com'],
    ['web-1x', 'web-22x'],
    ['web-1-backup', 'web-22-backup'],
    ['old.web-1', 'old.web-22'],
    ['web-1.example.org', 'web-22.example.org'],
    ['10.0.0.1.5', '10.0.0.22.5'],
    ['10.0.0.12', '10.0.0.222'],
    ['fe80::1:5', 'fe80::22:5'],
    ['web-1 is old', 'web-22 is new'],
  ] as const) {
    t.notOk(isEqual(one, other), one)
  }
})

void t.test('stdout and stderr are two things', async (t) => {
  t.equal(of([1, 'a'], [2, 'b'], [1, 'c']), of([1, 'ac'], [2, 'b']))
  t.not(of([1, 'ab']), of([2, 'ab']))
  t.not(of([1, 'a'], [2, 'b']), of([1, 'ab']))
})

const words = fc.constantFrom(
  ...WEB1,
  'web-',
  '1',
  '.',
  ':',
  '-',
  ' ',
  'x',
  'example',
  '\n',
  '10.0.0',
  'é',
  '\0',
)
const outputs = fc.array(fc.tuple(fc.constantFrom<1 | 2>(1, 2), words), { maxLength: 60 })

void t.test(
  'however it is cut into chunks, and with only the names that occurred, it is the same',
  async (t) => {
    const property = fc.property(outputs, fc.array(fc.nat(12)), fc.boolean(), (chunks, cuts, alike) => {
      const whole = new OutputDigest({ names: WEB1, alike })
      for (const fd of [1, 2] as const) {
        whole.push(fd, Buffer.from(chunks.flatMap(([of, text]) => (of === fd ? [text] : [])).join('')))
      }
      const expected = whole.end()
      const cut = new OutputDigest({ names: expected.masked, alike })
      let next = 0
      for (const [fd, text] of chunks) {
        for (let rest = Buffer.from(text); rest.length > 0;) {
          const size = cuts.length === 0 ? 1 : (cuts[next++ % cuts.length] ?? 0)
          cut.push(fd, rest.subarray(0, size))
          rest = rest.subarray(Math.max(size, 0))
          if (size === 0 && cuts.every((one) => one === 0)) {
            cut.push(fd, rest)
            break
          }
        }
      }
      const got = cut.end()
      return (
        got.digest === expected.digest &&
        got.alike === expected.alike &&
        got.masked.toSorted().join() === expected.masked.toSorted().join()
      )
    })
    t.doesNotThrow(() => fc.assert(property, { numRuns: FUZZ_RUNS }))
  },
)

void t.test('alike is blind to times and numbers, and says nothing of what is too large', async (t) => {
  const alike = (text: string) => digest(text, [], true).alike
  t.equal(alike('up 3 days, 12:01\n'), alike('up 114 days, 7:59\n'))
  t.equal(alike('Wed Nov 25 06:36:17 2026 load    1.5'), alike('Thu Jan  5 16:36:17 2027 load   12.75'))
  t.not(alike('3 days'), alike('3 hours'))
  t.not(digest('1').digest, digest('2').digest)
  t.equal(typeof alike('x'.repeat(ALIKE_BYTES)), 'string')
  t.equal(alike('x'.repeat(ALIKE_BYTES + 1)), undefined)
})
