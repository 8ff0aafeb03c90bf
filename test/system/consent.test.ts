// Consent: a word at the machine before anything of an operator's begins there.
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ragent, status } from '../local-world.ts'
import { agentWith } from '../policy-world.ts'
import { until } from '../until.ts'
import { world } from '../world.ts'

void t.test('consent: asked at the machine, and told to everyone there', async (t) => {
  const w = await world(t)
  const tools = join(w.folder, 'tools')
  const heard = join(w.folder, 'heard')
  mkdirSync(tools)
  writeFileSync(join(tools, 'wall'), `#!/bin/sh\ncat >> ${heard}\n`)
  chmodSync(join(tools, 'wall'), 0o755)
  process.env['PATH'] = `${tools}:${process.env['PATH'] ?? ''}`
  await agentWith(w, 'web-1', { mode: 'full', consent: 'ask' })
  const waits = async (): Promise<string> => {
    let id = ''
    await until(
      async () => {
        const { questions } = await status(w, 'web-1')
        const [first] = Array.isArray(questions) ? questions : []
        id = String(first?.id ?? '')
        return id !== ''
      },
      'a question',
      30_000,
    )
    return id
  }
  const yes = w.start('console', ['run', 'web-1', '--', 'echo', 'with consent'])
  const first = await waits()
  t.match(
    (await ragent(w, 'web-1', 'status')).stdout.toString(),
    /waits +\d+: \S+ asks for run: echo "with consent" \(ragent allow/,
  )
  t.equal(yes.bytes, 0, 'nothing runs meanwhile')
  await ragent(w, 'web-1', 'allow', first)
  t.match(await yes.exit, { status: 0, stdout: Buffer.from('with consent\n') })
  const no = w.start('console', ['run', 'web-1', '--', 'touch', join(w.folder, 'touched')])
  await ragent(w, 'web-1', 'deny', await waits())
  t.match(await no.exit, {
    status: 255,
    stderr: /web-1 refuses run: .* consent: ask, and nobody there allowed it \(they said no/,
  })
  t.throws(() => statSync(join(w.folder, 'touched')))
  const left = w.start('console', ['run', 'web-1', '--', 'touch', join(w.folder, 'touched')])
  const third = await waits()
  await left.stop('SIGINT')
  await until(
    async () => JSON.stringify((await status(w, 'web-1'))['questions']) === '[]',
    'who asked is gone',
    30_000,
  )
  t.match(await ragent(w, 'web-1', 'allow', third), { status: 1, stderr: /nothing waits under/ })
  t.throws(() => statSync(join(w.folder, 'touched')))
  t.match(
    readFileSync(heard, 'utf8'),
    /^ragent: \S+ asks for a run here\. ragent status; ragent allow 1; ragent deny 1\n/,
  )
  await agentWith(w, 'web-2', { mode: 'full', consent: 'notify' })
  t.equal(await w.ok(['run', 'web-2', '--', 'echo', 'told']), 'told\n')
  await until(
    () => /ragent: \S+ begins a run on this machine\n/.test(readFileSync(heard, 'utf8')),
    'a notice',
    30_000,
  )
  t.notMatch(
    w.read('web-1', 'ragent.log') + w.read('web-2', 'ragent.log'),
    /with consent|told/,
    'no argument is logged',
  )
})
