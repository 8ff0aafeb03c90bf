// One machine of many that prints very much: the others answer as if it were not there. `npm run soak -- flood`: 1 GiB, 50 machines.
import { createHash } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { MiB } from '../../protocol/limits.ts'
import { until } from '../until.ts'
import { firstLine, type Running, world } from '../world.ts'

const FLOOD_BYTES = Number(process.env['RCONSOLE_FLOOD_MIB'] ?? 64) * MiB
const AGENTS = Number(process.env['RCONSOLE_FLOOD_AGENTS'] ?? 4)
/** Started at the same time: more would only wait for each other. */
const AT_ONCE = 4

t.test(`${FLOOD_BYTES / MiB} MiB from one of ${AGENTS} machines`, { timeout: 1_500_000 }, async (t) => {
  const w = await world(t)
  const token = await w.token('--max', String(AGENTS))
  for (let first = 0; first < AGENTS; first += AT_ONCE) {
    const started = Array.from({ length: Math.min(AT_ONCE, AGENTS - first) }, (_, index): Running => {
      const name = `m-${first + index}`
      const args = ['--relay', w.url, '--name', name, '--home', join(w.folder, name)]
      return w.start('agent', args, {
        RAGENT_TOKEN: token,
        FLOOD: first + index === 0 ? String(FLOOD_BYTES) : '',
      })
    })
    for (const running of started) await firstLine(running, 60_000)
  }
  const out = join(w.folder, 'out')
  // The one prints lines of zeroes; all others a word. A console takes the outputs of all of them at the same time.
  const LINE = 'if [ -n "$FLOOD" ]; then head -c "$FLOOD" /dev/zero; else echo a word; fi'
  const all = w.start('console', [
    'run',
    '@all',
    '--expect',
    String(AGENTS),
    '--out',
    out,
    '--json',
    '-c',
    LINE,
  ])
  const events = (): { event: string; name?: string; state?: string }[] =>
    all.stdout
      .toString()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
  await until(
    () => events().some(({ name, state }) => name === 'm-0' && state === 'running'),
    'the flood',
    60_000,
  )
  t.equal(await w.ok(['run', 'm-1', '-n', '--', 'echo', 'hi']), 'hi\n', 'another run on another machine')
  t.equal(await w.ok(['run', 'm-0', '-n', '--', 'echo', 'hi']), 'hi\n', 'and on the same one')

  t.equal((await all.exit).status, 0)
  const done = events().flatMap(({ name, state }) => (state === 'done' ? [name] : []))
  t.equal(done.at(-1), 'm-0', 'the flood is the last to end')
  t.equal(done.length, AGENTS)
  for (let n = 1; n < AGENTS; n++) t.equal(readFileSync(join(out, `m-${n}`), 'utf8'), 'a word\n')
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(join(out, 'm-0'))) hash.update(chunk)
  const expected = createHash('sha256')
  for (let at = 0; at < FLOOD_BYTES; at += MiB) expected.update(Buffer.alloc(MiB))
  t.equal(hash.digest('hex'), expected.digest('hex'), 'every byte of it')
})
