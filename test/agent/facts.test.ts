// Actions `facts` and `ping` at the agent, against what the machine's own tools say.
import { execFileSync, spawn } from 'node:child_process'
import * as v from 'valibot'
import t from 'tap'
import { facts } from '../../agent/actions/facts.ts'
import { ping } from '../../agent/actions/ping.ts'
import { actions } from '../../protocol/actions/index.ts'
import type { RequestOf } from '../../protocol/actions/index.ts'
import { newContext } from './world.ts'

const tool = (file: string, ...args: string[]) => execFileSync(file, args, { encoding: 'utf8' }).trim()

async function ask(...parts: RequestOf<'facts'>['parts']) {
  const { context } = newContext<'facts'>()
  const answer = await facts({ parts }, context).next()
  return v.parse(actions.facts.result, answer.value)
}

void t.test('only what was asked for is answered', async (t) => {
  t.strictSame(await ask('name'), { name: tool('hostname') })
  t.strictSame(Object.keys(await ask('name', 'ram')), ['name', 'ram'])
})

void t.test('os is what uname and os-release say', async (t) => {
  const { os } = await ask('os')
  t.equal(os?.kernel, tool('uname', '-r'))
  t.equal(os?.arch, tool('uname', '-m'))
  t.equal(os?.product, tool('sh', '-c', '. /etc/os-release; echo "$NAME"'))
  t.equal(os?.version, tool('sh', '-c', '. /etc/os-release; echo "$VERSION_ID"'))
  t.ok(Math.abs((os?.uptime ?? 0) - Number(tool('cut', '-d ', '-f1', '/proc/uptime'))) < 2)
})

void t.test('ram is what free says', async (t) => {
  const { ram } = await ask('ram')
  const [total, , free, , , available] = tool('sh', '-c', 'free -b | sed -n 2p')
    .split(/\s+/)
    .slice(1)
    .map(Number)
  const isNear = (one = 0, other = 0) => Math.abs(one - other) < 0.02 * (total ?? 0)
  t.equal(ram?.total, total)
  t.ok(isNear(ram?.free, free))
  t.ok(isNear(ram?.available, available))
  t.equal(ram?.used, (ram?.total ?? 0) - (ram?.available ?? 0))
})

void t.test('cpu is what nproc and /proc say, and its use is now', async (t) => {
  const { cpu } = await ask('cpu')
  t.equal(cpu?.cores, Number(tool('nproc', '--all')))
  t.equal(cpu?.model, tool('sh', '-c', 'sed -n "s/^model name.*: //p" /proc/cpuinfo | head -1'))
  t.equal(cpu?.load.length, 3)
  const busy = spawn('sh', ['-c', 'while :; do :; done'])
  t.teardown(() => busy.kill('SIGKILL'))
  t.ok(((await ask('cpu')).cpu?.use ?? 0) > 60 / Number(tool('nproc', '--all')))
})

void t.test('ip is every address but the loopback’s', async (t) => {
  const { ip } = await ask('ip')
  const lines = tool('ip', '-o', 'addr', 'show', 'up')
    .split('\n')
    .map((line) => line.split(/\s+/))
  const expected = lines
    .filter(([, name]) => name !== 'lo')
    .map(([, name, family, address]) => `${name} ${family} ${address?.split('/')[0]}`)
  const found = ip?.map((one) => `${one.interface} ${one.family === 4 ? 'inet' : 'inet6'} ${one.address}`)
  t.strictSame(found?.toSorted(), expected.toSorted())
})

void t.test('a cancelled question is not answered', async (t) => {
  const { context, abort } = newContext<'facts'>()
  const answer = facts({ parts: ['cpu'] }, context).next()
  abort('CANCELLED')
  await t.rejects(answer, { code: 'CANCELLED' })
})

void t.test('ping tells the time', async (t) => {
  const { context } = newContext<'ping'>()
  const before = Date.now()
  const { value } = await ping({}, context).next()
  const now = v.parse(actions.ping.result, value).now
  t.ok(now >= before && now <= Date.now())
})
