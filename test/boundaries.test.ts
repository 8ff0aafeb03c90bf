// The house: who may import whom, how long a file may be, how it begins, and that nothing is half there.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { handlers } from '../agent/actions/index.ts'
import { Policy } from '../agent/policy.ts'
import { NO_FILE } from '../agent/policy-file.ts'
import { commands } from '../console/commands/index.ts'
import { POLICY_RULES } from '../protocol/action.ts'
import { actions, isActionName } from '../protocol/actions/index.ts'
import { ERROR_CODES, RconsoleError } from '../protocol/errors.ts'
import { EXIT, ending } from '../protocol/exit.ts'
import { ROLES } from '../protocol/fleet.ts'
import { MODES } from '../protocol/owner-policy.ts'
import * as limits from '../protocol/limits.ts'
import {
  cycles,
  loose,
  reachedByTheRelay,
  type Source,
  sourcesOf,
  tooLong,
  unsaid,
  wrongImports,
} from './house.ts'
import { REQUESTS } from './requests.ts'

const ours = sourcesOf('protocol', 'relay', 'agent', 'console')
const all = [...ours, ...sourcesOf('test', 'bench')]

void t.test('folders import only what they may', async (t) => {
  t.ok(ours.length > 90, `${ours.length} files are looked at`)
  t.strictSame(wrongImports(ours), [])
  t.strictSame(reachedByTheRelay(ours), [])
  t.strictSame(cycles(all), [])
})

void t.test('files are short, and begin by saying what lives there', async (t) => {
  t.strictSame(tooLong(all), [])
  t.strictSame(unsaid(all), [])
})

void t.test('types are neither waved through nor asserted, and no failure is swallowed', async (t) => {
  t.strictSame(loose(ours), [])
})

void t.test('each action has a handler, a command, and a need that some policy meets', async (t) => {
  t.strictSame(Object.keys(handlers).toSorted(), Object.keys(actions).toSorted())
  const used = new Set(commands.flatMap(({ uses }) => uses))
  const rules = new Set<string>()
  for (const [name, requests] of Object.entries(REQUESTS)) {
    if (!isActionName(name)) throw new Error(name)
    t.equal(actions[name].name, name)
    t.equal(typeof handlers[name], 'function')
    t.ok(used.has(name), `a command uses ${name}`)
    for (const request of requests) {
      const { need } = actions[name].read(request)
      t.ok(
        ROLES.includes(need.role) && POLICY_RULES.includes(need.rule),
        `${name} needs ${need.role}, ${need.rule}`,
      )
      new Policy(NO_FILE).check(need, { machine: 'here', operator: 'alice', rule: need.rule }, false)
      rules.add(need.rule)
    }
    t.throws(
      () => actions[name].read({ ...requests[0], more: 1 }),
      { code: 'INVALID_MESSAGE' },
      'unknown fields',
    )
  }
  t.strictSame([...rules].toSorted(), [...POLICY_RULES].toSorted(), 'no rule speaks of nothing')
  t.strictSame(MODES, ['diagnose', 'allow', 'full'])
})

void t.test('every failure ends with one line and a status that the README names', async (t) => {
  for (const code of ERROR_CODES) {
    t.strictSame(
      ending('x', new RconsoleError(code, 'why'), {}),
      { status: EXIT.failed, line: 'x: why' },
      code,
    )
  }
  const bug = ending('x', new TypeError('oops'), {})
  t.match(bug.line, /^x: this is a bug, .*oops$/, 'and no stack')
  const table = /^## Exit statuses\n(.*?)^## /ms.exec(readFileSync('README.md', 'utf8'))?.[1] ?? ''
  for (const status of Object.values(EXIT)) t.match(table, new RegExp(`\\b${status}\\b`), String(status))
})

void t.test(
  'the documents name every command and every limit, and an action fits in twenty lines',
  async (t) => {
    const operating = readFileSync('docs/operating.md', 'utf8')
    for (const { name } of commands) t.match(operating, new RegExp(`\\brconsole ${name}\\b`), name)
    for (const name of Object.keys(limits)) {
      if (!/^[KM]iB$/.test(name)) t.match(operating, `\`${name}\``, name)
    }
    const blocks = readFileSync('CONTRIBUTING.md', 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)
    const lines = [...blocks].flatMap(([, block = '']) => block.split('\n').filter((line) => line !== ''))
    t.ok(lines.length > 5 && lines.length < 20, `${lines.length} lines`)
  },
)

void t.test('the checks themselves find what is wrong', async (t) => {
  const say = '// Says what lives here.'
  t.equal(wrongImports(bad('protocol/a.ts', "import { x } from '../agent/b.ts'")).length, 1)
  t.equal(wrongImports(bad('console/a.ts', "import type { X } from '../agent/b.ts'")).length, 1)
  t.equal(wrongImports(bad('agent/a.ts', "const b = await import('../relay/b.ts')")).length, 1)
  t.equal(wrongImports(bad('relay/a.ts', "import { x } from '../protocol/session.ts'")).length, 1)
  t.equal(wrongImports(bad('relay/a.ts', "export * from '../protocol/actions/run.ts'")).length, 1)
  t.equal(wrongImports(bad('agent/a.ts', "import './b.js'")).length, 1)
  t.strictSame(wrongImports(bad('relay/a.ts', "import { x } from '../protocol/envelope.ts'")), [])
  const through = [
    ...bad('relay/a.ts', "import '../protocol/keys.ts'"),
    ...bad('protocol/keys.ts', "import './dial.ts'"),
  ]
  t.strictSame(reachedByTheRelay(through), ['the relay reaches protocol/dial.ts'])
  const round = [
    ...bad('agent/a.ts', "import './b.ts'"),
    ...bad('agent/b.ts', "import './c.ts'"),
    ...bad('agent/c.ts', "import './a.ts'"),
  ]
  t.strictSame(cycles(round), ['agent/a.ts > agent/b.ts > agent/c.ts > agent/a.ts'])
  t.equal(tooLong(bad('agent/a.ts', ...Array.from({ length: 301 }, () => ''))).length, 1)
  t.strictSame(tooLong(bad('agent/a.ts', ...Array.from({ length: 300 }, () => ''))), [])
  t.equal(unsaid(bad('agent/a.ts', "import './b.ts'")).length, 1)
  t.equal(unsaid(bad('agent/a.ts', '// helpers')).length, 1)
  t.strictSame(unsaid(bad('agent/a.ts', '#!/usr/bin/env node', say)), [])
  for (const line of [
    'const a: any = 1',
    'const a = b as B',
    'const a = <const T>(b: T) => b as unknown as B',
    'const a = b!.c',
    'const a = b[0]!',
    'try { a() } catch {}',
    'a().catch(() => {})',
    '// @ts-ignore',
  ]) {
    t.equal(loose(bad('agent/a.ts', say, line)).length, 1, line)
  }
  for (const line of [
    "const a = ['x'] as const",
    "import * as v from 'valibot'",
    "import { a as b } from './c.ts'",
    "const a = 'known as any of them'",
    'const a = `as any ${b}` // as any',
    'const a = /as any/.test(b)',
    "const a = { as: 'agent', nonce, as }",
    "if (a.as !== 'agent' && !b) AbortSignal.any([a])",
    'a().catch(() => undefined)',
  ]) {
    t.strictSame(loose(bad('agent/a.ts', say, line)), [], line)
  }
  const marked = ['// oxlint-disable-next-line typescript/no-unsafe-type-assertion', 'return a as B']
  t.strictSame(loose(bad('agent/serving.ts', say, ...marked)), [])
  t.equal(loose(bad('agent/door.ts', say, ...marked)).length, 1, 'nowhere else')
})

function bad(path: string, ...lines: readonly string[]): Source[] {
  return [{ path, text: `${lines.join('\n')}\n` }]
}
