// Action `run` at the agent: bytes, status, patience, and nothing left behind.
import { randomBytes } from 'node:crypto'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { run } from '../../agent/actions/run.ts'
import { loginShell } from '../../agent/environment.ts'
import { OUTPUT_BYTES } from '../../agent/output.ts'
import type { RequestOf } from '../../protocol/actions/index.ts'
import { KiB, MiB } from '../../protocol/limits.ts'
import { until } from '../until.ts'
import { collect, fixture, newContext, newId, processesOf } from './world.ts'

type Options = Partial<Omit<RequestOf<'run'>, 'program'>>

/** A handler at work on `argv`, or on a line of /bin/sh. */
function start(program: string[] | string, options: Options = {}) {
  const id = newId()
  const world = newContext<'run'>()
  const what = typeof program === 'string' ? { line: program, shell: 'sh' as const } : { argv: program }
  return { ...world, id, outputs: run({ id, program: what, ...options }, world.context) }
}

const isSleep = (pid: string) => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sleep\n'

/** What a process has got rid of so far. Source: proc(5). */
function bytesWritten(pid: string): number {
  return Number(/wchar: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, 'latin1'))?.[1])
}

void t.test('output arrives byte for byte, in chunks of a message', async (t) => {
  const folder = t.testdir()
  const file = join(folder, 'random')
  writeFileSync(file, randomBytes(20 * MiB))
  const { outputs, input, works } = start(['cat', file])
  const { stdout, stderr, result, chunks } = await collect(outputs)
  t.ok(stdout.equals(readFileSync(file)))
  t.equal(stderr.length, 0)
  t.match(result, { state: 'done', code: 0, signal: null })
  t.ok(chunks[1].every(({ length }) => length > 0 && length <= OUTPUT_BYTES))
  t.ok(input.released)
  t.equal(works.count('run'), 0)
})

void t.test('stdin reaches the program, and its end as well', async (t) => {
  const file = join(t.testdir(), 'copy')
  const bytes = randomBytes(3 * MiB)
  const { outputs, input } = start(['sh', '-c', 'cat > "$0"', file])
  for (let at = 0; at < bytes.length; at += 200 * KiB) {
    input.push({ fd: 0, data: new Uint8Array(bytes.subarray(at, at + 200 * KiB)) })
  }
  input.end()
  t.match((await collect(outputs)).result, { state: 'done', code: 0, signal: null })
  t.ok(readFileSync(file).equals(bytes))
})

void t.test(
  'a program that does not read holds the input back, and one that has gone lets it go',
  async (t) => {
    const { outputs, input, abort, works } = start('echo ready; exec sleep 60')
    await outputs.next()
    for (let n = 0; n < 64; n++) input.push({ fd: 0, data: new Uint8Array(64 * KiB) })
    await until(() => input.waiting < 64, 'the first input is taken')
    t.ok(input.waiting > 32, 'the pipe takes a few hundred KiB, then we wait')
    abort('CANCELLED')
    t.match((await collect(outputs)).result, { code: null, signal: 'SIGTERM', state: 'cancelled' })
    t.equal(works.count('run'), 0)
  },
)

void t.test('a program that closes its input early is no failure', async (t) => {
  const { outputs, input } = start('exec <&-; echo done')
  for (let n = 0; n < 8; n++) input.push({ fd: 0, data: new Uint8Array(64 * KiB) })
  const { stdout, result } = await collect(outputs)
  t.equal(stdout.toString(), 'done\n')
  t.match(result, { state: 'done', code: 0, signal: null })
})

void t.test('stdout and stderr stay apart', async (t) => {
  const { stdout, stderr } = await collect(start('echo out; echo err >&2').outputs)
  t.equal(stdout.toString(), 'out\n')
  t.equal(stderr.toString(), 'err\n')
})

void t.test('a slow console pauses the program', async (t) => {
  const { outputs, abort, works, id } = start('exec yes')
  await outputs.next()
  const [pid = ''] = processesOf(id)
  const stopped = async () => {
    const looks = [bytesWritten(pid)]
    await until(() => looks.push(bytesWritten(pid)) > 10, 'ten looks')
    return looks.every((bytes) => bytes === looks[0])
  }
  await until(stopped, 'it writes no more')
  const written = bytesWritten(pid)
  t.ok(written < 1 * MiB, `it wrote ${written} bytes`)
  // Taking lets it go on.
  for (let n = 0; n < 20; n++) await outputs.next()
  t.ok(bytesWritten(pid) > written)
  abort('CANCELLED')
  await collect(outputs)
  t.equal(works.count('run'), 0)
})

void t.test('the status is the program’s own', async (t) => {
  for (const code of [0, 1, 2, 126, 127, 128, 255]) {
    t.match((await collect(start(`exit ${code}`).outputs)).result, { state: 'done', code, signal: null })
  }
  t.match((await collect(start('kill -SEGV $$').outputs)).result, { code: null, signal: 'SIGSEGV' })
})

void t.test(
  'the environment carries the request’s variables and the run, not the agent’s token',
  async (t) => {
    process.env['RAGENT_TOKEN'] = 'secret'
    t.teardown(() => delete process.env['RAGENT_TOKEN'])
    const { outputs, id } = start('echo "$A/$RAGENT_RUN/$RAGENT_TOKEN/$PWD"', {
      env: { A: 'b' },
      cwd: '/tmp',
    })
    t.equal((await collect(outputs)).stdout.toString(), `b/${id}///tmp\n`)
  },
)

void t.test('a signal of the operator reaches the whole group', async (t) => {
  const { outputs, input, id } = start('trap "echo got it; exit 7" USR1; sleep 60 & echo ready; wait')
  await outputs.next()
  await until(() => processesOf(id).some(isSleep), 'the child is what it will be')
  input.push({ signal: 'USR1' })
  const { stdout, result } = await collect(outputs)
  t.equal(stdout.toString(), 'got it\n')
  t.match(result, { state: 'done', code: 7, signal: null })
  t.strictSame(processesOf(id), [])
})

void t.test('timeout kills what ignores TERM and what changed session', async (t) => {
  const { outputs, id, works } = start([process.execPath, fixture('will-not-end.mjs')], { timeout: 1500 })
  await outputs.next()
  t.equal(processesOf(id).length, 2)
  t.match((await collect(outputs)).result, { code: null, signal: 'SIGKILL', state: 'timed out' })
  t.strictSame(processesOf(id), [])
  t.equal(works.count('run'), 0)
})

void t.test('a child that cleared its environment and its session ends with its parent', async (t) => {
  const { outputs, abort } = start('setsid env -i sleep 4321 & echo ready; wait')
  await outputs.next()
  const survivors = async () => (await collect(start('pgrep -f "^sleep 4321"').outputs)).stdout.toString()
  await until(async () => (await survivors()) !== '', 'the child is there')
  abort('CANCELLED')
  await collect(outputs)
  t.equal(await survivors(), '')
})

void t.test('a child that holds the output does not hold the run', async (t) => {
  const { outputs, id, works } = start('echo out; sleep 60 &')
  const began = performance.now()
  const { stdout, result } = await collect(outputs)
  t.ok(performance.now() - began < 2_000)
  t.equal(stdout.toString(), 'out\n')
  t.match(result, { state: 'done', code: 0, signal: null })
  t.equal(works.count('run'), 0)
  for (const pid of processesOf(id)) process.kill(Number(pid))
})

void t.test('a child that never stops printing does not hold the run', async (t) => {
  const { outputs, id } = start('yes &')
  t.match((await collect(outputs)).result, { state: 'done', code: 0, signal: null })
  await until(() => processesOf(id).length === 0, 'yes dies of its closed pipe')
})

void t.test('a slow console loses nothing of a program that has exited', async (t) => {
  const { outputs, id } = start('sleep 60 & head -c 400000 /dev/zero; echo end >&2')
  const first = await outputs.next()
  await until(() => processesOf(id).length === 1, 'only the child is left')
  const exited = performance.now()
  await until(() => performance.now() > exited + 700, 'the time of quiet has passed twice')
  const { stdout, stderr } = await collect(outputs)
  t.equal(
    stdout.length + (first.done !== true && 'data' in first.value ? first.value.data.length : 0),
    400_000,
  )
  t.equal(stderr.toString(), 'end\n')
  for (const pid of processesOf(id)) process.kill(Number(pid))
})

void t.test('CANCELLED ends the group', async (t) => {
  const { outputs, abort, id, works } = start('sleep 60 & echo ready; wait')
  await outputs.next()
  abort('CANCELLED')
  const { result } = await collect(outputs)
  t.match(result, { state: 'cancelled' })
  t.strictSame(processesOf(id), [])
  t.equal(works.count('run'), 0)
})

void t.test('a generator returned early ends the group', async (t) => {
  const { outputs, id, input, works } = start('exec yes')
  await outputs.next()
  const never = { state: 'cancelled', code: null, signal: null, startedAt: 0 } as const
  await outputs.return({ ...never, output: { stdout: 0, stderr: 0, masked: [] } })
  t.strictSame(processesOf(id), [])
  t.ok(input.released)
  await until(() => works.count('run') === 0, 'the work is over')
})

void t.test('GONE ends a tied run', async (t) => {
  const { outputs, abort, id } = start('echo ready; exec sleep 60', { tied: true })
  await outputs.next()
  abort('GONE')
  await t.rejects(collect(outputs), { code: 'GONE' })
  t.strictSame(processesOf(id), [])
})

void t.test('GONE lets any other run go on, its output never blocking it, until its end', async (t) => {
  const done = join(t.testdir(), 'done')
  const { outputs, abort, id, works, input } = start(
    `cat; head -c 3000000 /dev/zero; echo yes > ${done}; sleep 60`,
  )
  input.push({ fd: 0, data: new Uint8Array([65]) })
  await outputs.next()
  abort('GONE')
  await t.rejects(collect(outputs), { code: 'GONE' })
  await until(() => readFileSync(done, { flag: 'a+' }).length > 0, 'it went on and its output went away')
  t.equal(works.count('run', 'key-of-alice'), 1)
  await works.end('run', 'the test says so')
  t.strictSame(processesOf(id), [])
  await until(() => works.count('run') === 0, 'the work is over')
  t.ok(input.released)
})

void t.test('what cannot start says why', async (t) => {
  const folder = t.testdir({ plain: 'text' })
  const plain = join(folder, 'plain')
  chmodSync(plain, 0o644)
  const fails = (program: string[], options: Options, code: string, message: RegExp) =>
    t.rejects(collect(start(program, options).outputs), { code, message }, code)
  await fails(['no-such-program'], {}, 'NO_PROGRAM', /no-such-program/)
  await fails([plain], {}, 'NOT_EXECUTABLE', /plain/)
  await fails(['true'], { cwd: '/no/such' }, 'NO_FOLDER', /\/no\/such/)
  await fails(['true'], { cwd: plain }, 'NO_FOLDER', /plain/)
  await fails(['true', 'x'.repeat(MiB)], {}, 'TOO_BIG', /true/)
})

void t.test('a shell that this machine lacks is named', async (t) => {
  const { context } = newContext<'run'>()
  const path = process.env['PATH']
  t.teardown(() => (process.env['PATH'] = path))
  process.env['PATH'] = t.testdir()
  for (const [shell, message] of [
    ['cmd', /cmd\.exe/],
    ['powershell', /pwsh or powershell/],
  ] as const) {
    const outputs = run({ id: newId(), program: { line: 'dir', shell } }, context)
    await t.rejects(collect(outputs), { code: 'NO_SHELL', message })
  }
  t.equal(context.works.count('run'), 0)
})

void t.test('own is the login shell of the user', async (t) => {
  const { context } = newContext<'run'>()
  const { stdout } = await collect(run({ id: newId(), program: { line: 'echo $0', shell: 'own' } }, context))
  t.equal(stdout.toString().trim(), loginShell())
})
