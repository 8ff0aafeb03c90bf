// Receipts of a real machine: what they say, and that each way of tampering with them is named.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { broken, changed, edit, type Lines, receiptsOf, whole } from '../tamper.ts'
import { world } from '../world.ts'

t.test(
  'receipts: who asked what and how it ended; a machine that loses or changes some is named',
  async (t) => {
    const w = await world(t, 'web-1')
    const [agent] = w.agents
    await w.ok(['run', 'web-1', '-e', 'PASSWORD=hunter22', '--', 'echo', 'it’s done'])
    await w.rconsole(['run', 'web-1', '-c', 'read it; exit 3'], { input: 'typed-marker\n' })
    const [first, second] = (await w.ok(['history', 'web-1', '--action', 'run', '--json']))
      .trim()
      .split('\n')
      .map((line): Record<string, unknown> => JSON.parse(line))
    const [{ name: me }] = JSON.parse(await w.ok(['fleet', 'show', '--json'])).operators
    t.match(first, {
      machine: 'web-1',
      operator: me,
      outcome: 'done',
      status: 0,
      in: 0,
      out: 12,
      cut: true,
    })
    t.match(second, { outcome: 'done', status: 3, in: 13, out: 0, cut: false, request: /read it; exit 3/ })
    const shown = await w.ok(['history', '--since', '1h', '--operator', me, '--action', 'run'])
    t.match(shown, new RegExp(`web-1 +${me} +run +done 3 +read it; exit 3\n`))
    t.match(shown, new RegExp(`web-1 +${me} +run +done 0 +echo 'it’s done' +env PASSWORD\n`))
    t.equal(await w.ok(['history', '--operator', 'bob']), '')
    const path = receiptsOf(w, 'web-1')
    const payloads = readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => Buffer.from(line.split('.')[1] ?? '', 'base64url').toString())
    t.notMatch(payloads.join(), /hunter22|typed-marker/, 'neither values of variables nor what was typed')
    await whole(t, w)
    const kept = readFileSync(path)
    const count = kept.toString().split('\n').length - 1

    const tampered: Readonly<Record<string, readonly [Lines, RegExp]>> = {
      'the last two deleted': [(lines) => lines.slice(0, -2), /web-1: receipt \d+ truncated: it ends with/],
      'one in the middle deleted': [
        (lines) => lines.toSpliced(1, 1),
        /web-1: receipt 2 removed: 3 follows 1/,
      ],
      'one changed': [
        ([a = '', b = '', ...rest]) => [a, changed(b), ...rest],
        /web-1: receipt 2 bad signature: receipt: not signed by the key/,
      ],
      'the first deleted': [(lines) => lines.slice(1), /web-1: receipt 1 removed: the oldest kept is 2/],
    }
    await agent?.stop()
    for (const [name, [change, line]] of Object.entries(tampered)) {
      writeFileSync(path, kept)
      edit(path, change)
      const again = await w.startAgent('web-1')
      t.match(await broken(t, w, 'web-1'), line, name)
      if (name === 'the last two deleted') {
        const { stderr } = await w.rconsole(['ls'])
        t.match(
          stderr,
          /rconsole: web-1: its receipts do not contain number \d+ .*cut or rewritten/,
          'said at once',
        )
        const { status, stderr: loud } = await w.rconsole(['history', 'web-1'])
        t.equal(status, 1)
        t.match(loud, /web-1: RECEIPT \d+ (altered|truncated)/)
      }
      await again.stop()
    }
    writeFileSync(path, kept)
    await w.startAgent('web-1')
    t.match(await broken(t, w), /receipt \d+ removed: the \w+ that .* was answered and has no receipt/)
    await w.rconsole(['audit', 'verify', '--accept'])
    await whole(t, w)
    t.ok(readFileSync(path, 'utf8').split('\n').length > count, 'the chain goes on')

    rmSync(join(w.home, 'heads.json'))
    const forgot = /heads\.json is gone, though this console has asked before: .* does not show\n/
    const lost = await w.rconsole(['audit', 'verify'])
    t.equal(lost.status, 0)
    t.match(lost.stderr, forgot)
    t.match(lost.stderr, /web-1: whole, \d+ entries, seen for the first time: what was cut off before/)
    t.notMatch((await w.rconsole(['audit', 'verify'])).stderr, /is gone|first time/, 'once')
    rmSync(join(w.home, 'heads.json'))
    t.match((await w.rconsole(['ls'])).stderr, forgot, 'any command says it')
  },
)
