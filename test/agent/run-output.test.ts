// A run's output between its program and those who follow it: whoever is there gets every byte, also when nothing is kept.
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { KeptOutput } from '../../agent/kept-output.ts'
import { RunOutput } from '../../agent/run-output.ts'
import { KiB } from '../../protocol/limits.ts'

const PIECE = 200 * KiB
/** Small ones before a large one: together more than is held for a console that keeps up. */
const SIZES = Array.from({ length: 30 }, (_, n) => (n % 5 === 4 ? 240 * KiB : 60 * KiB))

for (const { keep, isAtEnd } of [
  { keep: 0, isAtEnd: false },
  { keep: 0, isAtEnd: true },
  { keep: 100 * KiB, isAtEnd: true },
]) {
  const name = `with ${keep} bytes kept${isAtEnd ? ', also at the end of its program' : ''}`
  t.test(`a console that reads slowly misses nothing ${name}`, async (t) => {
    const output = new RunOutput(new KeptOutput(join(t.testdir(), 'run'), keep), { isRing: false })
    const reading = read(output)
    for (const [n, size] of SIZES.entries()) {
      // As when the program has exited and its pipes still hold what it printed.
      if (isAtEnd && n === SIZES.length - 3) output.letGo()
      await output.take({ fd: 1, data: Buffer.alloc(size, n) })
    }
    await output.end()
    t.strictSame(await reading, { bytes: SIZES.reduce((sum, size) => sum + size, 0), skipped: 0 })
  })
}

t.test(
  'of a program that is being ended no more is held for a console that does not read than fits its pipes',
  async (t) => {
    const output = new RunOutput(new KeptOutput(join(t.testdir(), 'run'), 0), { isRing: false })
    const pieces = output.read(0, { follow: true, signal: new AbortController().signal })
    const first = pieces.next()
    output.letGo()
    for (let n = 0; n < 100; n++) await output.take({ fd: 1, data: Buffer.alloc(PIECE, n) })
    await output.end()
    await first
    let skipped = 0
    for await (const piece of pieces) if ('skipped' in piece) skipped += piece.skipped
    t.ok(skipped > 100 * PIECE - 5 * KiB * KiB, `${skipped} bytes were let go, and said to be`)
  },
)

async function read(output: RunOutput): Promise<{ bytes: number; skipped: number }> {
  let bytes = 0
  let skipped = 0
  for await (const piece of output.read(0, { follow: true, signal: new AbortController().signal })) {
    if ('skipped' in piece) skipped += piece.skipped
    else bytes += piece.data.length
    for (let n = 0; n < 5; n++) await turn()
  }
  return { bytes, skipped }
}
