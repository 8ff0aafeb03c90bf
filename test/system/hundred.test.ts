// Real agents, as many as the machine holds: `npm run soak -- hundred`; a handful in the daily tests.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { firstLine, type Running, world } from '../world.ts'

const AGENTS = Number(process.env['RCONSOLE_REAL_AGENTS'] ?? 4)
/** Started at the same time: a hundred at once would only wait for each other. */
const AT_ONCE = 4

t.test(`${AGENTS} real agents`, { timeout: 1_500_000 }, async (t) => {
  const w = await world(t)
  const token = await w.token('--max', String(AGENTS))
  for (let first = 0; first < AGENTS; first += AT_ONCE) {
    const count = Math.min(AT_ONCE, AGENTS - first)
    const started = Array.from({ length: count }, (_, index): Running => {
      const n = first + index
      const home = join(w.folder, `m-${n}`)
      mkdirSync(home, { mode: 0o700 })
      writeFileSync(join(home, 'file'), fileOf(n))
      const args = ['--relay', w.url, '--name', `m-${n}`, '--home', home]
      return w.start('agent', args, { RAGENT_TOKEN: token, MACHINE: home })
    })
    for (const running of started) await firstLine(running, 60_000)
  }
  const run = async (...args: string[]): Promise<string> => {
    const begun = performance.now()
    const stdout = await w.ok(['run', '@all', '--expect', String(AGENTS), ...args])
    t.comment(`${args.join(' ')}: ${((performance.now() - begun) / 1000).toFixed(2)} s`)
    return stdout
  }
  t.equal(await run('--', 'true'), `--- m-[0-${AGENTS - 1}] (${AGENTS} machines): exit 0\n`)
  await run('--', 'true')
  const folded = await run('-c', 'cat "$MACHINE/file"')
  const headings = folded.split('\n').filter((line) => line.startsWith('--- '))
  t.equal(headings.length, 3, headings.join('\n'))
  t.match(headings[0], new RegExp(String.raw`^--- m-\[2-${AGENTS - 1}\] \(${AGENTS - 2} machines\): exit 0$`))
})

/** Three kinds: the first is short, the second differs in one line, all others are the same. */
function fileOf(n: number): string {
  if (n === 0) return 'another file\n'
  return `${'a line of a file\n'.repeat(500)}${n === 1 ? 'and one more\n' : ''}`
}
