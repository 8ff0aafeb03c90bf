// `rconsole run` through a real relay to a real agent: bytes, status, signals, ends, flow.
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { MiB, STREAM_WINDOW } from '../../protocol/limits.ts'
import { until } from '../until.ts'
import { processesWith, world } from '../world.ts'

/** Small in CI; `RCONSOLE_MIB=100` is the full size of the soak. */
const MIB = Number(process.env['RCONSOLE_MIB'] ?? 16)

/** Bytes that the program with this command line has written, by the kernel's count. */
async function written(marker: string): Promise<number> {
  const [line = ''] = await processesWith(marker)
  const [pid = ''] = line.trim().split(' ')
  return Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1])
}

/** Memory that a process holds, by the kernel's count. */
function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}

/** A number of seconds that no other test sleeps for. */
const seconds = (n: number): string => `${process.pid}${n}`

const sha = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex')

t.test('run', async (t) => {
  const w = await world(t, 'web-1')
  const data = randomBytes(MIB * 1024 * 1024)
  const file = join(w.folder, 'random.bin')
  writeFileSync(file, data)

  await t.test('brings any bytes back as they are', async (t) => {
    const { status, stdout, stderr } = await w.rconsole(['run', 'web-1', '--', 'cat', file])
    t.equal(stderr, '')
    t.equal(status, 0)
    t.equal(sha(stdout), sha(data))
  })

  await t.test('brings any input there as it is, and its end', async (t) => {
    const copy = join(w.folder, 'copy.bin')
    const { status } = await w.rconsole(['run', 'web-1', '--', 'sh', '-c', `cat > ${copy}`], { input: data })
    t.equal(status, 0)
    t.equal(sha(readFileSync(copy)), sha(data))
    t.equal(await w.ok(['run', 'web-1', '--', 'wc', '-c'], { input: 'x' }), '1\n')
  })

  await t.test('keeps stderr apart, and passes the status on', async (t) => {
    const { status, stdout, stderr } = await w.rconsole([
      'run',
      'web-1',
      '-c',
      'echo out; echo err >&2; exit 3',
    ])
    t.strictSame([status, stdout.toString(), stderr], [3, 'out\n', 'err\n'])
    for (const code of [0, 1, 126, 127, 255]) {
      t.equal((await w.rconsole(['run', 'web-1', '--', 'sh', '-c', `exit ${code}`])).status, code)
    }
    t.equal((await w.rconsole(['run', 'web-1', '--', 'sh', '-c', 'kill -TERM $$'])).status, 143)
    t.equal((await w.rconsole(['run', 'web-1', '--', 'sh', '-c', 'kill -KILL $$'])).status, 137)
  })

  await t.test('passes words on as they are, with folder and environment', async (t) => {
    const words = ['', ' ', "it's", '$HOME', '*', '-n', '"', '\\', 'é', 'a\nb']
    const printed = await w.ok(['run', 'web-1', '--', 'printf', '%s\\0', ...words])
    t.strictSame(printed.split('\0').slice(0, -1), words)
    t.equal(await w.ok(['run', 'web-1', '--cwd', '/usr', '-e', 'A=1', '-c', 'echo $A $PWD']), '1 /usr\n')
    const large = 'x'.repeat(100_000)
    t.equal(
      await w.ok(['run', 'web-1', '--', 'sh', '-c', 'printf %s "$@" | wc -c', 'sh', ...Array(7).fill(large)]),
      '700000\n',
    )
  })

  await t.test('ends after --timeout with 124, and everything it started with it', async (t) => {
    const { status, stderr } = await w.rconsole([
      'run',
      'web-1',
      '--timeout',
      '300ms',
      '-c',
      `sleep ${seconds(4441)} & setsid sleep ${seconds(4441)} & wait`,
    ])
    t.equal(status, 124)
    t.match(stderr, /web-1: timed out \(after 300 ms/)
    t.strictSame(await processesWith(`sleep ${seconds(4441)}`), [])
  })

  await t.test('Ctrl-C ends it there too, with 130', async (t) => {
    const running = w.start('console', ['run', 'web-1', '--', 'sleep', seconds(4442)])
    await until(async () => (await processesWith(`sleep ${seconds(4442)}`)).length > 0, 'the program runs')
    t.equal((await running.stop('SIGINT')).status, 130)
    t.strictSame(await processesWith(`sleep ${seconds(4442)}`), [])
  })

  await t.test('goes on without its console, unless it is tied', async (t) => {
    const left = w.start('console', ['run', 'web-1', '--', 'sleep', seconds(4443)])
    const tied = w.start('console', [
      'run',
      'web-1',
      '--tied',
      '--grace',
      '200ms',
      '--',
      'sleep',
      seconds(4444),
    ])
    await until(async () => (await processesWith(`sleep ${process.pid}444`)).length === 2, 'both run')
    t.equal((await left.stop('SIGTERM')).status, 143)
    await tied.stop('SIGKILL')
    await until(async () => (await processesWith(`sleep ${seconds(4444)}`)).length === 0, 'the tied one ends')
    t.equal((await processesWith(`sleep ${seconds(4443)}`)).length, 1)
    await w.ok(['disconnect', 'web-1', '--kill-runs'])
    await until(
      async () => (await processesWith(`sleep ${seconds(4443)}`)).length === 0,
      'the other is ended by hand',
    )
  })

  await t.test('stops a program whose output nobody takes; others are not disturbed', async (t) => {
    // Both have carried megabytes before, so what they hold now is what they need.
    const held = (): number[] =>
      [w.relay, ...w.agents].map((program) => residentBytes(program?.child.pid ?? 0))
    const heldBefore = held()
    const flood = w.start('console', ['run', 'web-1', '--', 'yes', 'flood'])
    flood.child.stdout?.pause()
    await until(async () => (await processesWith('yes flood')).length > 0, 'the program runs')
    let before = -1
    await until(async () => {
      const now = await written('yes flood')
      const isStill = now > 0 && now === before
      before = now
      return isStill
    }, 'the program is stopped by what it cannot write')
    t.ok(before < 4 * 1024 * 1024, `it wrote ${before} bytes: the window, and the pipes on the way`)
    t.equal(await w.ok(['run', 'web-1', '--', 'echo', 'hi']), 'hi\n')
    const grown = held().map((bytes, n) => bytes - (heldBefore[n] ?? 0))
    t.ok(
      grown.every((bytes) => bytes < STREAM_WINDOW + 8 * MiB),
      `relay and agent grew by ${grown.join(' and ')} bytes`,
    )
    t.equal((await flood.stop('SIGINT')).status, 130)
  })

  await t.test('a reader that goes away ends it with 141', async (t) => {
    const running = w.start('console', ['run', 'web-1', '--', 'yes', 'unread'])
    await until(() => running.bytes > 0, 'output')
    running.child.stdout?.destroy()
    t.equal((await running.exit).status, 141)
    await until(async () => (await processesWith('yes unread')).length === 0, 'the program ends')
  })
})
