// Durable runs at the agent: once, whatever is asked again; kept, whoever leaves; true after a crash.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { attach } from '../../agent/actions/attach.ts'
import { run } from '../../agent/actions/run.ts'
import { runs as runsAction } from '../../agent/actions/runs.ts'
import { startProgram } from '../../agent/program.ts'
import type { Runs } from '../../agent/runs.ts'
import type { RequestOf } from '../../protocol/actions/index.ts'
import { OutputDigest } from '../../protocol/digest.ts'
import { KiB, MiB } from '../../protocol/limits.ts'
import { until } from '../until.ts'
import { newRuns } from './runs-world.ts'
import { collect, newContext, newId, processesOf } from './world.ts'

type Options = Partial<Omit<RequestOf<'run'>, 'program'>>

function start(runs: Runs, line: string, options: Options = {}) {
  const id = options.id ?? newId()
  const world = newContext<'run'>(runs)
  world.input.end()
  const request = { program: { line, shell: 'sh' as const }, ...options, id }
  return { ...world, id, outputs: run(request, world.context) }
}

function attachTo(runs: Runs, id: string, from = 0, follow = true) {
  const world = newContext<'attach'>(runs)
  return { ...world, outputs: attach({ id, from, follow }, world.context) }
}

async function list(runs: Runs, request: Partial<RequestOf<'runs'>> = {}) {
  return (await collect(runsAction({ limit: 10, ...request }, newContext<'runs'>(runs).context))).result.runs
}

const lines = (path: string) => readFileSync(path, { encoding: 'utf8', flag: 'a+' }).split('\n').length - 1

void t.test('a request that comes again is answered, not run again', async (t) => {
  const { runs } = newRuns()
  const file = join(t.testdir(), 'effect')
  const line = `echo once >> ${file}; echo out; echo err >&2; exit 3`
  const { id, outputs } = start(runs, line)
  const first = await collect(outputs)
  const again = await collect(start(runs, line, { id, reply: 'digest', inline: 100 }).outputs)
  t.strictSame(again.result, first.result)
  t.equal(again.stdout.toString(), 'out\n')
  t.equal(again.stderr.toString(), 'err\n')
  t.equal(lines(file), 1)
  await t.rejects(collect(start(runs, 'echo other', { id }).outputs), {
    code: 'REUSED',
    message: /run id reused/,
  })
})

void t.test(
  'asked a hundred times at once, from two consoles, it runs once and all hear the same',
  async (t) => {
    const { runs } = newRuns()
    const file = join(t.testdir(), 'effect')
    const line = `echo once >> ${file}; head -c 300000 /dev/zero`
    const id = newId()
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => collect(start(runs, line, { id }).outputs)),
    )
    t.equal(lines(file), 1)
    t.ok(answers.every(({ stdout }) => stdout.length === 300_000))
    t.equal(new Set(answers.map(({ result }) => JSON.stringify(result))).size, 1)
  },
)

void t.test('it is on the disk before its program starts, and after a crash it is interrupted', async (t) => {
  const id = newId()
  let known = ''
  let folder = ''
  const world = newRuns({
    start: (options) => {
      known = readFileSync(join(folder, 'journal'), 'utf8')
      return startProgram(options)
    },
  })
  folder = world.folder
  const { outputs } = start(world.runs, 'echo before; exec sleep 60', { id })
  await outputs.next()
  t.match(known, id)
  t.notMatch(known, /before.*before/, 'its output is not there')
  t.equal(processesOf(id).length, 1)
  // As after kill -9: another process finds what is there.
  const { runs } = newRuns({ folder })
  t.match(await list(runs), [{ id, state: 'interrupted', cause: 'agent restarted', bytes: 7 }])
  const { stdout, result } = await collect(attachTo(runs, id).outputs)
  t.equal(stdout.toString(), 'before\n')
  t.match(result, { state: 'interrupted', cause: 'agent restarted', code: null })
  await until(() => processesOf(id).length === 0, 'what was left of it is ended')
  const again = await collect(start(runs, 'echo before; exec sleep 60', { id }).outputs)
  t.match(again.result, { state: 'interrupted' })
})

void t.test(
  'a line that was being written when the power failed is nothing; any other is a damage',
  async (t) => {
    const { runs, folder } = newRuns()
    const { id, outputs } = start(runs, 'true')
    await collect(outputs)
    const path = join(folder, 'journal')
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, `${text}{"key":"half`)
    const next = newRuns({ folder })
    t.match(await list(next.runs), [{ id, state: 'done' }])
    await collect(start(next.runs, 'true').outputs)
    t.equal((await list(newRuns({ folder }).runs)).length, 2)
    writeFileSync(path, `{"key":"half\n${text}`)
    t.throws(() => newRuns({ folder }), { code: 'HOME', message: /journal is damaged in line 1/ })
  },
)

void t.test('a run goes on without its console, and is attached to from any place', async (t) => {
  const { runs } = newRuns()
  const gate = join(t.testdir(), 'gate')
  const { id, outputs, abort } = start(
    runs,
    `echo one; echo two >&2; until [ -e ${gate} ]; do sleep 0.02; done; echo three`,
  )
  await outputs.next()
  abort('GONE')
  await t.rejects(collect(outputs), { code: 'GONE' })
  await until(async () => (await list(runs))[0]?.bytes === 8, 'both lines are there')
  t.match(await list(runs), [{ id, state: 'running', operator: { name: 'alice' } }])
  const now = await collect(attachTo(runs, id, 0, false).outputs)
  t.equal(now.result.state, 'running')
  const whole = collect(attachTo(runs, id).outputs)
  const later = collect(attachTo(runs, id, 5).outputs)
  writeFileSync(gate, '')
  const { stdout, stderr, result } = await whole
  t.equal(Buffer.concat([stdout, stderr]).toString(), 'one\nthree\ntwo\n')
  t.match(result, { state: 'done', code: 0, output: { stdout: 10, stderr: 4 } })
  const rest = await later
  t.equal(rest.stdout.length + rest.stderr.length, 14 - 5)
  const digest = new OutputDigest({ names: result.output.masked })
  digest.push(1, stdout)
  digest.push(2, stderr)
  t.equal(digest.end().digest, result.output.digest, 'anyone can check the body')
  const atEnd = await collect(attachTo(runs, id, Number.MAX_SAFE_INTEGER).outputs)
  t.equal(atEnd.stdout.length + atEnd.stderr.length, 0)
})

void t.test('with nobody attached it prints up to the cap, then waits and says so', async (t) => {
  const { runs } = newRuns()
  const { id, outputs, abort } = start(runs, 'head -c 3000000 /dev/zero; echo end', { keep: { bytes: MiB } })
  await outputs.next()
  abort('GONE')
  await t.rejects(collect(outputs), { code: 'GONE' })
  await until(async () => (await list(runs))[0]?.state === 'paused', 'it is paused')
  t.match(await list(runs), [{ cause: 'output cap, nobody attached' }])
  const { stdout, result, others } = await collect(attachTo(runs, id).outputs)
  t.equal(stdout.length, 3_000_004)
  t.strictSame(others, [])
  t.match(result, { state: 'done', code: 0 })
  t.ok((result.output.dropped ?? 0) > MiB, 'what has been taken makes room')
})

void t.test('a ring keeps the newest and says what is gone', async (t) => {
  const { runs, folder } = newRuns()
  const { id, outputs, abort } = start(runs, 'head -c 3000000 /dev/zero; echo end', {
    keep: { bytes: 256 * KiB, ring: true },
  })
  await outputs.next()
  abort('GONE')
  await t.rejects(collect(outputs), { code: 'GONE' })
  await until(async () => (await list(runs))[0]?.state === 'done', 'it ran to its end')
  const { stdout, others, result } = await collect(attachTo(runs, id).outputs)
  t.strictSame(others, [{ skipped: 3_000_004 - stdout.length }])
  t.equal(result.output.dropped, 3_000_004 - stdout.length)
  t.equal(stdout.subarray(-4).toString(), 'end\n')
  const kept = readdirSync(folder).filter((name) => name !== 'journal')
  const size = kept.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
  t.ok(size < 600 * KiB, `${size} bytes on the disk`)
  t.ok(kept.every((name) => (statSync(join(folder, name)).mode & 0o777) === 0o600))
})

void t.test('with nothing kept, a live console still gets it all', async (t) => {
  const { runs, folder } = newRuns()
  const { outputs } = start(runs, 'head -c 3000000 /dev/zero', { keep: { bytes: 0 } })
  t.equal((await collect(outputs)).stdout.length, 3_000_000)
  t.strictSame(readdirSync(folder), ['journal'])
})

void t.test('a digest says what an output comes to, and brings a small one along', async (t) => {
  const { runs } = newRuns()
  const digest = { reply: 'digest', inline: 10 } as const
  const small = await collect(start(runs, 'echo web-1', digest).outputs)
  t.equal(small.stdout.toString(), 'web-1\n')
  t.match(small.result, { state: 'done', output: { masked: ['web-1'], stdout: 6 } })
  const large = await collect(start(runs, 'echo more than ten', digest).outputs)
  t.equal(large.stdout.length, 0)
  t.type(large.result.output.digest, 'string')
  const slow = await collect(start(runs, 'echo x; sleep 2.3', digest).outputs)
  t.match(slow.others, [{ running: { bytes: 2 } }])
})

void t.test('asked for its state, it is left to itself as soon as it runs', async (t) => {
  const { runs } = newRuns()
  const { id, outputs } = start(runs, 'exec sleep 60', { reply: 'state' })
  t.match((await collect(outputs)).result, { state: 'running' })
  const attached = attachTo(runs, id)
  attached.abort('CANCELLED')
  t.match((await collect(attached.outputs)).result, { state: 'cancelled', cause: 'cancelled by alice' })
  t.strictSame(processesOf(id), [])
})

void t.test('what could not be started is refused for good, under its own code', async (t) => {
  const { runs, folder } = newRuns()
  const id = newId()
  const request = { id, program: { argv: ['no-such-program'] } }
  const ask = (where: Runs) => collect(run(request, newContext<'run'>(where).context))
  await t.rejects(ask(runs), { code: 'NO_PROGRAM' })
  await t.rejects(ask(newRuns({ folder }).runs), { code: 'NO_PROGRAM' })
  t.match(await list(runs), [{ id, state: 'refused', cause: /no-such-program/ }])
})

void t.test('runs are their operator’s own', async (t) => {
  const { runs } = newRuns()
  const { id, outputs } = start(runs, 'echo mine')
  await collect(outputs)
  const world = newContext<'attach'>(runs)
  const bob = { ...world.context, operator: { name: 'bob', key: 'key-of-bob' } }
  await t.rejects(collect(attach({ id, from: 0, follow: true }, bob)), { code: 'NOT_FOUND' })
  const asAdmin = attach({ id, operator: 'key-of-alice', from: 0, follow: true }, bob)
  t.equal((await collect(asAdmin)).stdout.toString(), 'mine\n')
  const ofBob = newContext<'runs'>(runs).context
  const seen = await collect(runsAction({ limit: 5 }, { ...ofBob, operator: bob.operator }))
  t.strictSame(seen.result.runs, [])
})

void t.test('the id of a run is remembered for eight days, longer than what it printed', async (t) => {
  const { runs } = newRuns()
  const file = join(t.testdir(), 'effect')
  const { id, outputs } = start(runs, `echo once >> ${file}`)
  await collect(outputs)
  const [wall, monotonic] = [Date.now, performance.now.bind(performance)]
  let days = 0
  t.intercept(Date, 'now', { value: () => wall() + days * 86_400_000, configurable: true })
  t.intercept(performance, 'now', { value: () => monotonic() + days * 86_400_000, configurable: true })
  for (days of [1, 7.1, 7.9]) {
    runs.prune()
    const again = collect(start(runs, `echo once >> ${file}`, { id }).outputs)
    if (days > 7) await t.rejects(again, { code: 'LOST', message: /not run again/ })
    else t.match(await again, { result: { state: 'done' } })
    await t.rejects(collect(start(runs, 'echo other', { id }).outputs), { code: 'REUSED' })
  }
  t.equal(lines(file), 1)
})

void t.test('a full disk refuses new runs by name and pauses those under way', async (t) => {
  const script = join(process.cwd(), 'dist', 'test', 'fixtures', 'full-disk.js')
  const answer = execFileSync('bash', ['-c', `ulimit -f 200; exec ${process.execPath} ${script}`], {
    encoding: 'utf8',
  })
  t.strictSame(JSON.parse(answer), {
    paused: 'the disk of this machine is full',
    refused: 'DISK_FULL',
    ended: 'cancelled',
    left: 0,
  })
})
