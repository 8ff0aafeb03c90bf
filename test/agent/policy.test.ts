// The owner's policy as a file: what it may say, who may write it, and which programs its patterns let through.
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import t, { type Test } from 'tap'
import { matches, type Pattern, readPattern, showPattern } from '../../agent/patterns.ts'
import type { Policy } from '../../agent/policy.ts'
import { policyReader } from '../../agent/policy-file.ts'
import { type Mode, MODES } from '../../protocol/owner-policy.ts'
import { POLICY_RULES } from '../../protocol/action.ts'
import { run } from '../../protocol/actions/run.ts'
import { newId } from './world.ts'

const isRoot = process.getuid?.() === 0

/** A word without a star: blanks, quotes and options are words like any other. */
const word = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => !text.includes('*'))
const argv = fc.array(word, { minLength: 1, maxLength: 6 })
const wild = fc.constantFrom('*')

void t.test('a pattern of plain words admits exactly these words', async () => {
  fc.assert(
    fc.property(argv, argv, (words, other) => {
      const pattern = readPattern(words)
      return (
        matches(pattern, words) &&
        matches(pattern, other) === (JSON.stringify(words) === JSON.stringify(other))
      )
    }),
  )
})

void t.test('a pattern never admits an argv with other words, fewer or more', async () => {
  const given = fc.record({
    words: argv,
    stars: fc.array(fc.boolean(), { maxLength: 6 }),
    rest: fc.boolean(),
    other: argv,
  })
  fc.assert(
    fc.property(given, ({ words, stars, rest, other }) => {
      const [first = '', ...more] = words
      const pattern = readPattern([
        first,
        ...more.map((one, at) => (stars[at] ? '*' : one)),
        ...(rest ? ['**'] : []),
      ])
      const isSame = words.every((one, at) =>
        at > 0 && stars[at - 1] ? other.length > at : other[at] === one,
      )
      const isLong = rest ? other.length >= words.length : other.length === words.length
      return matches(pattern, words) && matches(pattern, other) === (isSame && isLong)
    }),
    { numRuns: 2000 },
  )
})

void t.test('blanks split the pattern, never the argument: no word becomes two', async (t) => {
  fc.assert(
    fc.property(word, word, (one, two) => {
      const pattern = readPattern('systemctl status *')
      const joined = `${one} ${two}`
      return (
        matches(pattern, ['systemctl', 'status', joined]) &&
        !matches(pattern, ['systemctl', 'status', one, two]) &&
        !matches(pattern, ['systemctl', `status ${joined}`]) &&
        !matches(pattern, [`systemctl status ${joined}`])
      )
    }),
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(word, wild), { maxLength: 4 }), (words) => {
      const pattern: Pattern = ['ls', ...words]
      return (
        readPattern(words.every((one) => /^[^\s"'\\]+$/.test(one)) ? showPattern(pattern) : pattern)
          .length === pattern.length
      )
    }),
  )
  t.strictSame(readPattern('  journalctl\t-u   * '), ['journalctl', '-u', '*'])
})

void t.test('each mistake is one line: file, field, expected, got', async (t) => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['{', /expected JSON, got /],
    ['[]', /mode: expected diagnose, allow, full, got nothing/],
    ['{}', /mode: expected diagnose, allow, full, got nothing/],
    ['{"mode":"root"}', /mode: expected .*"full".*, got "root"/],
    ['{"mode":"full","modes":1}', /modes: expected one of mode, allow, .*, got an unknown field/],
    ['{"mode":"full","shell":"no"}', /shell: expected boolean, got "no"/],
    [
      '{"mode":"allow","shell":true}',
      /shell: expected false in mode allow \(a shell runs anything\), got true/,
    ],
    ['{"mode":"allow","allow":"ls"}', /allow: expected Array, got "ls"/],
    ['{"mode":"allow","allow":["ls",7]}', /allow\.1: expected a line .* or an array of words, got 7/],
    ['{"mode":"allow","allow":[" "]}', /allow\.0: expected a program and its arguments, got nothing/],
    [
      '{"mode":"allow","allow":["** x"]}',
      /allow\.0: expected the name of a program as the first word, got "\*\*"/,
    ],
    [
      '{"mode":"allow","allow":["ls ** x"]}',
      /allow\.0: expected \* as a word, \*\* as the last one, .* got "\*\*"/,
    ],
    ['{"mode":"allow","allow":["ls a*"]}', /allow\.0: expected .*, got "a\*"/],
    [
      '{"mode":"allow","allow":[{"argv":"ls","user":"a"}]}',
      /allow\.0: expected argv, and as .* got \{"argv"/,
    ],
    [
      '{"mode":"allow","allow":[{"argv":"ls","as":"no-such-one"}]}',
      /allow\.0: expected a user of this machine, got "no-/,
    ],
    ['{"mode":"full","runAs":"-x"}', /runAs: expected a user of this machine, got "-x"/],
    ['{"mode":"full","limits":{"timeout":10}}', /limits\.timeout: expected a text, got 10/],
    ['{"mode":"full","limits":{"timeout":"soon"}}', /limits\.timeout: expected a time like .*, got "soon"/],
    ['{"mode":"full","limits":{"output":"much"}}', /limits\.output: expected a size like .*, got "much"/],
    ['{"mode":"full","limits":{"runs":0}}', /limits\.runs: expected a whole number from 1 to 10000, got 0/],
    ['{"mode":"full","limits":{"nice":-1}}', /limits\.nice: expected a whole number from 0 to 19, got -1/],
    ['{"mode":"full","consent":"maybe"}', /consent: expected .*"ask".*, got "maybe"/],
  ]
  for (const [text, line] of cases) {
    const file = fileWith(t, text)
    t.throws(policyReader(file, undefined), { code: 'POLICY', message: line }, text)
    t.throws(
      policyReader(file, undefined),
      { message: new RegExp(`^${file}: [^\\n]+$`) },
      `${text}: one line`,
    )
  }
  t.throws(policyReader('/no/such', undefined), { code: 'POLICY', message: 'cannot read /no/such: ENOENT' })
})

void t.test('a file that others can write, or its folder, or of another user, is refused', async (t) => {
  const file = fileWith(t, '{"mode":"diagnose"}')
  const folder = join(file, '..')
  const read = policyReader(file, undefined)
  t.equal(read().mode, 'diagnose')
  for (const [path, mode, wide] of [
    [file, 0o600, 0o620],
    [file, 0o600, 0o602],
    [folder, 0o700, 0o770],
    [folder, 0o700, 0o1777],
  ] as const) {
    chmodSync(path, wide)
    t.throws(
      read,
      { code: 'POLICY', message: /that others cannot write, got mode \d+: chmod go-w it/ },
      wide.toString(8),
    )
    chmodSync(path, mode)
  }
  if (isRoot) {
    chownSync(file, 65_534, 65_534)
    t.throws(read, { message: /expected a file of root or of root, got one of user 65534: chown it/ })
    chownSync(file, 0, 0)
  }
  t.equal(read().mode, 'diagnose')
})

void t.test('--mode only ever takes away', async (t) => {
  for (const own of MODES) {
    for (const flag of MODES) {
      const policy = policyReader(fileWith(t, JSON.stringify({ mode: own })), flag)()
      t.equal(policy.mode, MODES[Math.min(MODES.indexOf(own), MODES.indexOf(flag))], `${own}, --mode ${flag}`)
    }
  }
})

void t.test('mode allow: programs by pattern, no line, no variables, no folder', async (t) => {
  const policy = of(t, {
    mode: 'allow',
    allow: ['systemctl status *', ['echo', 'a b', '**']],
    deny: ['echo "a', 'echo x **'],
  })
  admitted(t, policy, { argv: ['systemctl', 'status', 'nginx'] })
  admitted(t, policy, { argv: ['echo', 'a b'] })
  admitted(t, policy, { argv: ['echo', 'a b', 'c', 'd'] })
  refused(
    t,
    policy,
    { argv: ['systemctl', 'status', 'nginx', 'x'] },
    /`systemctl status nginx x` matches none of its 2 patterns/,
  )
  refused(t, policy, { argv: ['/tmp/systemctl', 'status', 'nginx'] }, /matches none/)
  refused(t, policy, { argv: ['echo', 'a', 'b'] }, /matches none/)
  refused(t, policy, { line: 'systemctl status nginx', shell: 'sh' }, /reads no line of a shell/)
  const known = { argv: ['systemctl', 'status', 'nginx'] }
  refused(t, policy, known, /takes neither variables/, { env: { LD_PRELOAD: '/tmp/x.so' } })
  refused(t, policy, known, /takes neither variables .* nor a folder/, { cwd: '/tmp' })
})

void t.test('what each mode lets through, rule by rule: nothing of diagnose writes or runs', async (t) => {
  const told = ['facts', 'logs', 'lifecycle', 'kill', 'freeze']
  const open = (rules: object) =>
    POLICY_RULES.filter((rule) => !of(t, rules).shown.off?.includes(rule)).toSorted()
  t.strictSame(open({ mode: 'diagnose' }), told.toSorted())
  t.strictSame(open({ mode: 'allow', allow: ['ls'] }), [...told, 'run'].toSorted())
  t.strictSame(open({ mode: 'full' }), POLICY_RULES.toSorted())
  t.strictSame(
    open({ mode: 'full', shell: false, lifecycle: false }),
    POLICY_RULES.filter((rule) => rule !== 'shell' && rule !== 'kill').toSorted(),
  )
  if (isRoot)
    t.strictSame(
      open({ mode: 'full', runAs: 'nobody' }),
      [...told, 'run', 'shell'].toSorted(),
      'what acts within the agent is closed',
    )
})

void t.test('deny refuses in every mode, also what is granted', async (t) => {
  for (const mode of ['allow', 'full']) {
    const policy = of(t, { mode, allow: ['rm *'], deny: ['rm **'] })
    refused(t, policy, { argv: ['rm', 'x'] }, /`rm \*\*` stands in deny of .*policy\.json/)
    t.throws(() => decide(policy, { argv: ['rm', 'x'] }, {}, true), { code: 'POLICY' })
  }
})

void t.test('what the presence shows fits a statement, whatever the patterns', async (t) => {
  const long = 'x'.repeat(1000)
  const policy = of(t, { mode: 'allow', allow: Array.from({ length: 200 }, (_, at) => `ls ${at} ${long}`) })
  const { allow = [], more = 0 } = policy.shown
  t.ok(allow.length > 0 && allow.length + more === 200)
  t.ok(JSON.stringify(policy.shown).length < 5000)
  t.strictSame(policy.shown.off, ['shell', 'read', 'write', 'forward', 'control'])
})

function fileWith(t: Test, text: string): string {
  const folder = join(t.testdir(), newId())
  mkdirSync(folder, { mode: 0o700 })
  const file = join(folder, 'policy.json')
  writeFileSync(file, text, { mode: 0o600 })
  return file
}

function of(t: Test, rules: object, mode?: Mode): Policy {
  return policyReader(fileWith(t, JSON.stringify(rules)), mode)()
}

type Program = { readonly argv: readonly string[] } | { readonly line: string; readonly shell: string }

function decide(policy: Policy, program: Program, more: object = {}, isGranted = false): void {
  const { need } = run.read({ id: newId(), program, ...more })
  policy.check(need, { machine: 'web-1', operator: 'alice', rule: need.rule }, isGranted)
}

function admitted(t: Test, policy: Policy, program: Program): void {
  t.doesNotThrow(() => decide(policy, program), JSON.stringify(program))
}

function refused(t: Test, policy: Policy, program: Program, line: RegExp, more: object = {}): void {
  t.throws(() => decide(policy, program, more), { code: 'POLICY', message: line }, JSON.stringify(program))
}
