// Folding without a network: what is a group, who lies, what is said of whom, and files that are not written over.
import t from 'tap'
import { Check, Groups } from '../../console/fan/groups.ts'
import { heading } from '../../console/fan/report.ts'
import { explainFan, failureState, reportedState } from '../../console/fan/states.ts'
import type { Machine } from '../../console/machine.ts'
import { OutputDigest } from '../../protocol/digest.ts'
import { RconsoleError } from '../../protocol/errors.ts'
import type { RunReport } from '../../protocol/run-report.ts'

const body = (stdout: string, stderr = '') => ({ stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) })

/** What an agent called `name` reports of a program that printed `stdout`. */
function reportOf(name: string, stdout: string, code = 0): RunReport {
  const digest = new OutputDigest({ names: [name], alike: true })
  digest.push(1, Buffer.from(stdout))
  const { alike, ...output } = digest.end()
  return {
    state: 'done',
    code,
    signal: null,
    startedAt: 1,
    output: { ...output, ...(alike ? { alike } : {}) },
  }
}

function fold(isAlike: boolean, ...answers: readonly (readonly [string, RunReport, string])[]): string[] {
  const groups = new Groups(isAlike)
  for (const [name, report, said] of answers)
    groups.add({ id: name, name }, reportedState(report), report, body(said))
  return groups.sorted.map((group) => heading(group, false))
}

t.test('the same status and output are one group, but for each machine’s own name', async (t) => {
  t.strictSame(
    fold(
      false,
      ['web-1', reportOf('web-1', 'I am web-1\n'), 'I am web-1\n'],
      ['web-2', reportOf('web-2', 'I am web-2\n'), 'I am web-2\n'],
      ['web-3', reportOf('web-3', 'I am web-3\n', 1), 'I am web-3\n'],
      ['web-4', reportOf('web-4', 'at 10:15\n'), 'at 10:15\n'],
      ['web-5', reportOf('web-5', 'at 10:16\n'), 'at 10:16\n'],
    ),
    [
      '--- web-[1-2] (2 machines): exit 0, equal but for each machine’s own names',
      '--- web-3 (1 machine): exit 1',
      '--- web-4 (1 machine): exit 0',
      '--- web-5 (1 machine): exit 0',
    ],
  )
  t.strictSame(
    fold(
      true,
      ['web-4', reportOf('web-4', 'at 10:15\n'), 'at 10:15\n'],
      ['web-5', reportOf('web-5', 'at 10:16\n'), 'at 10:16\n'],
    ),
    ['--- web-[4-5] (2 machines): exit 0, alike, not equal'],
  )
})

t.test('a machine whose output is not what its digest says stands alone, and that is said', async (t) => {
  t.strictSame(
    fold(
      false,
      ['web-1', reportOf('web-1', 'good\n'), 'evil\n'],
      ['web-2', reportOf('web-2', 'good\n'), 'good\n'],
      ['web-3', reportOf('web-3', 'good\n'), 'good\n'],
    ),
    [
      '--- web-[2-3] (2 machines): exit 0',
      '--- web-1 (1 machine): exit 0, its output is not what it said it was',
    ],
  )
  const groups = new Groups(false)
  const members = ['web-1', 'web-2'].map((name) => ({ id: name, name }))
  const report = reportOf('x', 'good\n')
  for (const member of members) groups.add(member, reportedState(report), report, undefined)
  const check = new Check(report)
  check.push({ fd: 1, data: Buffer.from('evil\n') })
  t.notOk(check.isTrue())
  const [group] = groups.sorted
  const [first] = members
  if (group !== undefined && first !== undefined) groups.part(group, first, body('evil\n'))
  t.strictSame(
    groups.sorted.map(({ members: [member], isFalse }) => [member?.name, isFalse]),
    [
      ['web-1', true],
      ['web-2', false],
    ],
  )
})

t.test('every failure is one of the states, and says what is known and no more', async (t) => {
  const machine: Machine = {
    id: 'a'.repeat(20),
    key: '',
    name: 'web-1',
    labels: {},
    state: 'online',
    since: 0,
    standing: 'accepted',
  }
  const of = (code: ConstructorParameters<typeof RconsoleError>[0], wasAsked: boolean): string =>
    failureState(new RconsoleError(code, 'why'), machine, wasAsked).word
  t.strictSame(
    [of('OFFLINE', false), of('LOST', false), of('LOST', true)],
    ['unconfirmed', 'unconfirmed', 'lost'],
  )
  t.strictSame(
    [of('GONE', true), of('CANCELLED', true), of('POLICY', false)],
    ['lost', 'cancelled', 'refused'],
  )
  const since = Date.now()
  t.equal(explainFan({ word: 'running', since }, since - 5_000), 'running (last output 5 s ago)')
  t.equal(explainFan({ word: 'done', since, code: null, signal: 'SIGKILL' }), 'done (signal KILL)')
  t.equal(explainFan({ word: 'refused', since, reason: 'by its agent: why' }), 'refused (by its agent: why)')
})
