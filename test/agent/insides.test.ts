// Actions on the machine's insides at the agent: what is answered, bounded, refused.
import { execFileSync, spawn } from 'node:child_process'
import t from 'tap'
import * as v from 'valibot'
import { handlers } from '../../agent/actions/index.ts'
import { disks } from '../../agent/actions/disks.ts'
import { metrics } from '../../agent/actions/metrics.ts'
import { processes } from '../../agent/actions/processes.ts'
import { services } from '../../agent/actions/services.ts'
import { signal } from '../../agent/actions/signal.ts'
import { disksElsewhere, measureElsewhere } from '../../agent/elsewhere.ts'
import { parts } from '../../agent/parts.ts'
import { readProcess } from '../../agent/proc/processes.ts'
import { parseService, parseServices } from '../../agent/systemd.ts'
import { actions, type OutputOf, type RequestOf } from '../../protocol/actions/index.ts'
import { METRICS } from '../../protocol/actions/metrics.ts'
import { until } from '../until.ts'
import { newContext } from './world.ts'

async function list(request: RequestOf<'processes'>) {
  const { context } = newContext<'processes'>()
  const outputs: OutputOf<'processes'>[] = []
  for await (const value of processes(request, context))
    outputs.push(v.parse(actions.processes.output, value))
  return { rows: outputs.flatMap(({ processes }) => processes), total: outputs.at(-1)?.total, outputs }
}

void t.test('metrics answer what was asked for, each value over the time since the one before', async (t) => {
  const { context, abort } = newContext<'metrics'>()
  const values = metrics({ every: 500, fields: [...METRICS] }, context)
  const first = v.parse(actions.metrics.output, (await values.next()).value)
  t.strictSame(Object.keys(first).toSorted(), ['at', 'over', ...METRICS].toSorted())
  // A console that takes nothing for two ticks has missed them: none was kept for it.
  const asked = performance.now()
  await until(() => performance.now() - asked > 1200, 'two ticks')
  const second = v.parse(actions.metrics.output, (await values.next()).value)
  t.ok(second.over > 1100, `over ${second.over} ms`)
  t.ok(second.at - first.at > 1100)
  const third = values.next()
  abort('CANCELLED')
  await t.rejects(third, { code: 'CANCELLED' })
  const few = metrics({ every: 500, count: 1, fields: ['load'] }, newContext<'metrics'>().context)
  t.strictSame(Object.keys((await few.next()).value ?? {}), ['at', 'over', 'load'])
  t.strictSame(await few.next(), { done: true, value: {} })
})

void t.test('disks are what df says', async (t) => {
  const { context } = newContext<'disks'>()
  const { filesystems } = v.parse(actions.disks.result, (await disks({}, context).next()).value)
  const lines = execFileSync('df', ['-B1', '--output=target,size,used'], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .slice(1)
  for (const line of lines) {
    const [mount = '', size, used] = line.trim().split(/\s+/)
    const found = filesystems.find((one) => one.mount === mount)
    t.equal(found?.size?.total, Number(size), mount)
    t.ok(Math.abs((found?.size?.used ?? 0) - Number(used)) <= 0.1 * Number(size), `${mount} used`)
  }
})

void t.test('processes are sorted, filtered, limited, and counted all the same', async (t) => {
  const busy = spawn('sh', ['-c', 'while :; do :; done # find-me'])
  t.teardown(() => busy.kill('SIGKILL'))
  const { rows, total } = await list({ sort: 'cpu', limit: 3, filter: 'FIND-ME', args: 200 })
  t.match(rows, [
    { pid: busy.pid, ppid: process.pid, name: 'sh', args: 'sh -c while :; do :; done # find-me' },
  ])
  const share = async () => (await list({ sort: 'cpu', limit: 1, pid: busy.pid ?? 0 })).rows[0]?.cpu ?? 0
  await until(async () => (await share()) > 0, 'it got some of a core')
  t.equal(total?.matched, 1)
  t.ok((total?.all ?? 0) > 3)
  const short = await list({ sort: 'pid', limit: 1, pid: busy.pid ?? 0, args: 5 })
  t.equal(short.rows[0]?.args, 'sh -c')
  const [user = '', rss] = execFileSync('ps', ['-o', 'user:32=,rss=', '-p', String(process.pid)], {
    encoding: 'utf8',
  })
    .trim()
    .split(/\s+/)
  const own = (await list({ sort: 'pid', limit: 1, pid: process.pid })).rows[0]
  t.equal(own?.user, user)
  t.equal(own?.args, undefined, 'only when asked for')
  t.ok(Math.abs((own?.rss ?? 0) - 1024 * Number(rss)) < 64 * 1024 * 1024)
  const first = await list({ sort: 'memory', limit: 2 })
  t.ok((first.rows[0]?.rss ?? 0) >= (first.rows[1]?.rss ?? 0))
  t.equal(actions.processes.read({ sort: 'pid', limit: 1, args: 1 }).need.role, 'operator')
  t.equal(actions.processes.read({ sort: 'pid', limit: 1 }).need.role, 'viewer')
})

void t.test('a signal reaches the process that was named, never another with its number', async (t) => {
  const child = spawn('sleep', ['1000'])
  t.teardown(() => child.kill('SIGKILL'))
  const pid = child.pid ?? 0
  const { context } = newContext<'signal'>()
  const send = (one: number, start: number, word: RequestOf<'signal'>['signal']) =>
    signal({ pid: one, start, signal: word }, context).next()
  const start = readProcess(pid)?.start ?? 0
  await t.rejects(send(pid, start + 1, 'KILL'), { code: 'NOT_FOUND' })
  await t.rejects(send(process.pid, readProcess(process.pid)?.start ?? 0, 'TERM'), {
    code: 'POLICY',
    message: /agent itself/,
  })
  await t.rejects(send(1, readProcess(1)?.start ?? 0, 'TERM'), { code: 'POLICY', message: /init/ })
  await until(() => readProcess(pid)?.name === 'sleep', 'it sleeps')
  t.strictSame((await send(pid, start, 'STOP')).value, { name: 'sleep' })
  await until(() => readProcess(pid)?.state === 'T', 'it stopped')
  await send(pid, start, 'KILL')
  await until(() => child.signalCode === 'SIGKILL', 'it ended')
  await t.rejects(send(pid, start, 'TERM'), { code: 'NOT_FOUND' })
})

void t.test('a machine without systemd or journalctl says so', async (t) => {
  const path = process.env['PATH']
  t.teardown(() => {
    process.env['PATH'] = path
  })
  process.env['PATH'] = t.testdir()
  const list = services({ do: 'list' }, newContext<'services'>().context).next()
  await t.rejects(list, { code: 'UNSUPPORTED', message: /has no systemctl/ })
  const log = handlers.logs({ lines: 1 }, newContext<'logs'>().context).next()
  await t.rejects(log, { code: 'UNSUPPORTED', message: /has no journalctl.*\/var\/log/ })
  const since = handlers.logs(
    { of: { path: '/var/log/x' }, lines: 1, since: 1 },
    newContext<'logs'>().context,
  )
  await t.rejects(since.next(), { code: 'USAGE' })
})

void t.test('what systemctl prints is read, however it is worded', async (t) => {
  const rows = parseServices(
    '● a.service loaded failed failed A b  c\n  b@x\\x2d.service not-found inactive dead\n\nrubbish\n',
  )
  t.strictSame(rows, [
    { unit: 'a.service', load: 'loaded', active: 'failed', sub: 'failed', description: 'A b  c' },
    { unit: 'b@x\\x2d.service', load: 'not-found', active: 'inactive', sub: 'dead', description: '' },
  ])
  const text =
    'Id=a.service\nDescription=x=y\nLoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=\nMainPID=0\n'
  const known = { ...rows[0], description: 'x=y', active: 'active', sub: 'running', enabled: '' }
  t.strictSame(
    parseService(`${text}MemoryCurrent=18446744073709551615\nTasksCurrent=[not set]\n`, 100),
    known,
  )
  t.match(parseService(`${text}StateChangeTimestampMonotonic=40000000\nTasksCurrent=3\n`, 100), {
    since: 60,
    tasks: 3,
  })
  t.throws(() => actions.services.read({ do: 'stop', unit: '--version' }), { code: 'INVALID_MESSAGE' })
})

void t.test('a list goes in parts that each fit into one value', async (t) => {
  const rows = Array.from({ length: 100 }, (_, index) => ({ index, text: '\u001b'.repeat(200) }))
  const found = parts(rows)
  t.ok(found.length > 1 && found.every((part) => Buffer.byteLength(JSON.stringify(part)) < 63 * 1024))
  t.strictSame(found.flat(), rows)
  t.strictSame(parts([]), [[]])
})

void t.test('systems without /proc are asked through a library, in the same words', async (t) => {
  const value = v.parse(actions.metrics.output, await measureElsewhere([...METRICS]))
  t.strictSame(Object.keys(value).toSorted(), ['at', 'over', ...METRICS].toSorted())
  t.ok(v.parse(actions.disks.result, await disksElsewhere()).filesystems.length > 0)
})
