// The manual pages say what --help says, all of it, and nothing that troff would trip over.
import { execFileSync } from 'node:child_process'
import t from 'tap'
import { World } from './world.ts'

/** As a reader sees it. */
function plain(page: string): string {
  return page
    .replaceAll(String.raw`\-`, '-')
    .replaceAll(String.raw`\(aq`, "'")
    .replaceAll(String.raw`\(ga`, '`')
    .replaceAll(/\\\[u([0-9A-F]+)\]/g, (_, code: string) => String.fromCodePoint(parseInt(code, 16)))
    .replaceAll(String.raw`\e`, '\\')
    .replaceAll(/\s+/g, ' ')
}

void t.test('each program prints a page with all of its help', async (t) => {
  const w = new World(t)
  const said = async (program: 'relay' | 'agent' | 'console', ...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await w.start(program, args).exit
    t.match({ status, stderr }, { status: 0, stderr: '' }, `${program} ${args.join(' ')}`)
    return stdout.toString()
  }
  for (const [program, ...commands] of [
    ['relay'],
    ['agent', 'grant'],
    ['console', 'run', 'token new'],
  ] as const) {
    const page = await said(program, '--man')
    t.match(page, /^\.TH R\w+ 1 /)
    t.match(page, /^[\n -~]+$/, 'nothing but ASCII')
    for (const command of ['', ...commands]) {
      const help = await said(program, ...command.split(' ').filter(Boolean), '--help')
      // Terms and descriptions stand in two columns there, and go on in the second.
      const rows = help
        .replaceAll(/\n {12,}/g, ' ')
        .split('\n')
        .filter((line) => /^ {2}\S/.test(line))
      t.ok(rows.length >= 2, `${command}: its rows are found`)
      for (const row of rows) {
        const [term = '', about = ''] = row.trim().split(/ {2,}/)
        if (term.includes('--help') || term.startsWith('help ')) continue
        t.ok(plain(page).includes(term.split(' ')[0] ?? ''), term)
        t.ok(plain(page).includes(about), about)
      }
    }
    if (program === 'console')
      for (const name of ['machine accept', 'audit verify', 'set rm', 'completion'])
        t.match(page, `\n.SS ${name} `)
    t.notMatch(page, '.SS completion words', 'what is not for people')
    if (hasGroff()) {
      const trouble = execFileSync('sh', ['-c', 'groff -man -ww -z 2>&1'], { input: page, encoding: 'utf8' })
      t.equal(trouble, '', 'groff has nothing to say')
    }
  }
})

function hasGroff(): boolean {
  try {
    execFileSync('groff', ['--version'], { stdio: 'pipe' })
    return true
  } catch {
    // Not on this machine.
    return false
  }
}
