// Credit: whatever the windows and the paces, nobody sends more than was granted, and all arrives in order.
import { setImmediate as turn } from 'node:timers/promises'
import * as fc from 'fast-check'
import t from 'tap'
import { isChunk } from '../../protocol/action.ts'
import { asBuffer } from '../../protocol/bytes.ts'
import { RconsoleError } from '../../protocol/errors.ts'
import { KiB, MESSAGE_BYTES, STREAM_WINDOW } from '../../protocol/limits.ts'
import { decode, encode } from '../../protocol/messages.ts'
import { Inlet, Outlet } from '../../protocol/stream.ts'
import { SLOW_RUNS } from '../fuzz.ts'

/** What one value may overdraw, and what it costs beyond its bytes: as protocol/stream.ts has them. */
const OVERDRAFT = 64 * KiB
const VALUE_COST = 64

/** An outlet and an inlet with nothing but a copy of bytes between them. */
function newPipe(window: number, isGranted = false) {
  const sizes: number[] = []
  const outlet = new Outlet(7, (message) => {
    const bytes = asBuffer(message)
    const read = decode(bytes)
    if (read.t !== 'data' && read.t !== 'value') throw new Error(`an outlet sent ${read.t}`)
    if (read.s !== 7) throw new Error(`stream ${read.s}`)
    sizes.push(bytes.length)
    if (read.t === 'data') inlet.push(read.chunk, read.chunk.data.length)
    else inlet.push(read.value, bytes.length)
  })
  const inlet = new Inlet(
    7,
    (message) => {
      const read = decode(asBuffer(message))
      if (read.t !== 'credit') throw new Error(`an inlet sent ${read.t}`)
      outlet.grant(read.n)
    },
    window,
    isGranted,
  )
  return { inlet, outlet, sizes }
}

const item = fc.oneof(
  fc.record({ bytes: fc.integer({ min: 0, max: 5000 }) }),
  fc.record({ bytes: fc.integer({ min: 100_000, max: 400_000 }) }),
  fc.record({ text: fc.integer({ min: 0, max: 2000 }) }),
  fc.record({ text: fc.integer({ min: OVERDRAFT - 300, max: OVERDRAFT - 100 }) }),
)
const traffic = fc.record({
  window: fc.oneof(fc.integer({ min: KiB, max: 8 * KiB }), fc.integer({ min: KiB, max: STREAM_WINDOW })),
  items: fc.array(item, { maxLength: 12 }),
  pauses: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
})

void t.test('nothing exceeds the window, and all arrives in order, at any pace', async () => {
  await fc.assert(
    fc.asyncProperty(traffic, async ({ window, items, pauses }) => {
      const { inlet, outlet } = newPipe(window)
      const sent = items.map((what, index) =>
        'bytes' in what ? Buffer.alloc(what.bytes, index) : 'x'.repeat(what.text),
      )
      const feed = async (): Promise<void> => {
        for (const value of sent) {
          if (typeof value === 'string') await outlet.value(value)
          else await outlet.data({ fd: 1, data: value })
        }
        inlet.end()
      }
      const fed = feed()
      const received: (string | Buffer)[] = []
      for await (const value of inlet) {
        if (pauses[received.length % pauses.length] === true) await turn()
        if (isChunk(value)) received.push(Buffer.from(value.data))
        else received.push(String(value))
      }
      await fed
      return joined(received) === joined(sent)
    }),
    { numRuns: SLOW_RUNS * 2 },
  )
})

/** Bytes next to each other are one run of bytes: a stream may cut them anywhere. */
function joined(values: readonly (string | Buffer)[]): string {
  return values.map((value) => (typeof value === 'string' ? `<${value}>` : value.toString('latin1'))).join('')
}

void t.test('a sender waits for a reader, and is told when there is none', async (t) => {
  const { inlet, outlet, sizes } = newPipe(4 * KiB)
  const data = outlet.data({ fd: 1, data: Buffer.alloc(64 * KiB, 1) })
  await turn()
  const ahead = sizes.reduce((sum, size) => sum + size, 0)
  t.ok(ahead > 3 * KiB && ahead <= 4 * KiB, `${ahead} bytes ahead of the reader`)
  await inlet.next()
  await inlet.next()
  await turn()
  t.ok(sizes.length > 1, 'reading lets more through')
  outlet.close(new RconsoleError('GONE', 'the program has ended'))
  await t.rejects(data, { code: 'GONE', message: 'the program has ended' })
  await t.rejects(outlet.value(1), { code: 'GONE' })
})

void t.test('what an inlet granted before is not granted twice', async (t) => {
  const { inlet, outlet, sizes } = newPipe(4 * KiB, true)
  void outlet.value('waits').catch(() => undefined)
  await turn()
  t.strictSame(sizes, [])
  outlet.grant(4 * KiB)
  t.strictSame(await inlet.next(), { done: false, value: 'waits' })
})

void t.test('more than was granted ends the session', async (t) => {
  const { inlet } = newPipe(10 * KiB)
  t.throws(
    () => {
      for (let n = 0; n < 1000; n++) inlet.push({ fd: 1, data: Buffer.alloc(KiB) }, KiB)
    },
    { code: 'INVALID_MESSAGE', message: 'more was sent than was granted' },
  )
  const tiny = newPipe(10 * KiB).inlet
  t.throws(() => {
    for (let n = 0; n < 2000; n++) tiny.push({ fd: 1, data: Buffer.alloc(0) }, 0)
  }, 'empty ones cost too')
})

void t.test('a value may overdraw the last byte of credit, and then the receiver takes it', async (t) => {
  for (const length of [
    OVERDRAFT - VALUE_COST - 1,
    OVERDRAFT - VALUE_COST,
    OVERDRAFT - VALUE_COST + 1,
    OVERDRAFT,
  ]) {
    const { inlet, outlet } = newPipe(KiB, true)
    outlet.grant(KiB)
    // One byte of credit is left.
    await outlet.data({ fd: 1, data: Buffer.alloc(KiB - VALUE_COST - 1) })
    const head = encode({ t: 'value', s: 7, value: '' }).length
    const sent = await outlet.value('x'.repeat(length - head)).then(
      () => 'taken',
      (error: unknown) => String(error),
    )
    t.match(
      sent,
      length <= OVERDRAFT - VALUE_COST ? 'taken' : /a value of \d+ bytes, at most/,
      `${length} bytes`,
    )
    t.match(await inlet.next(), { done: false })
  }
})

void t.test('data is cut into messages that fit', async (t) => {
  const { inlet, outlet, sizes } = newPipe(STREAM_WINDOW)
  await outlet.data({ fd: 2, data: Buffer.alloc(700 * KiB, 5) })
  t.ok(sizes.every((size) => size <= MESSAGE_BYTES) && sizes.length === 3)
  t.match(await inlet.next(), { done: false, value: { fd: 2 } })
})

void t.test('an inlet ends, fails or is let go, and never says anything after that', async (t) => {
  const ended = newPipe(KiB).inlet
  ended.push('last', 10)
  ended.end()
  ended.push('too late', 10)
  t.match(await ended.next(), { value: 'last' })
  t.strictSame(await ended.next(), { done: true, value: undefined })
  const failed = newPipe(KiB).inlet
  const waiting = failed.next()
  failed.end(new RconsoleError('LOST', 'lost'))
  failed.end()
  await t.rejects(waiting, { code: 'LOST' })
  await t.rejects(failed.next(), { code: 'LOST' })
  const left = newPipe(KiB).inlet
  left.push('unread', 10)
  t.strictSame(await left.return(), { done: true, value: undefined })
  for (let n = 0; n < 10_000; n++) left.push('dropped', KiB)
  t.strictSame(await left.next(), { done: true, value: undefined })
})
