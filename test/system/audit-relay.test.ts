// The audit of a real relay, altered, cut, torn and lost.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { broken, edit, type Lines, whole } from '../tamper.ts'
import { world } from '../world.ts'

t.test('20. the relay’s audit altered, cut, and torn', async (t) => {
  const w = await world(t, 'web-1')
  await w.ok(['run', 'web-1', '--', 'true'])
  await whole(t, w)
  // It would only take its time to come back.
  await w.agents[0]?.stop()
  await w.relay?.stop()
  const path = join(w.folder, 'relay', 'audit.jsonl')
  const kept = readFileSync(path)
  t.match(kept.toString(), /"what":"open","who":"[\w-]{20}","agent":"[\w-]{20}"/)
  t.match(kept.toString(), /"what":"close",.*"bytes":\{"to":\d{3,},"from":\d{3,}\}/)
  for (const what of ['start', 'fleet', 'grant', 'enrol', 'machine', 'connect', 'leave'])
    t.match(kept.toString(), `"what":"${what}"`)
  const tampered: Readonly<Record<string, readonly [Lines, RegExp]>> = {
    'the tail cut': [(lines) => lines.slice(0, 4), /relay: entry \d+ (truncated|altered)/],
    'an entry altered': [
      ([a = '', b = '', ...rest]) => [a, b.replace(/"t":\d/, '"t":9'), ...rest],
      /relay: entry 2 altered: entry 3 does not follow from it/,
    ],
    'no entry any more': [
      ([a = '', ...rest]) => [a, '{"n":2}', ...rest.slice(1)],
      /relay: entry 2 altered: what/,
    ],
  }
  for (const [name, [change, line]] of Object.entries(tampered)) {
    writeFileSync(path, kept)
    edit(path, change)
    await w.startRelay()
    t.match(await broken(t, w), line, name)
    await w.relay?.stop()
  }
  writeFileSync(path, kept)
  await w.startRelay()
  t.match(
    await broken(t, w),
    /relay: entry \d+ altered: it, or one before it/,
    'heads of what was tampered with',
  )
  await w.rconsole(['audit', 'verify', '--accept'])
  await whole(t, w)

  await w.relay?.stop('SIGKILL')
  writeFileSync(path, `${readFileSync(path, 'utf8')}{"n":99999,"t":`)
  await w.startRelay()
  await whole(t, w)
  t.match(readFileSync(path, 'utf8'), /"what":"torn","count":15,/, 'what was cut off is recorded')

  await w.relay?.stop()
  rmSync(path)
  await w.startRelay()
  const { stderr } = await w.rconsole(['ls'])
  t.match(stderr, /the audit of the relay does not contain its entry \d+ that this console saw/)
  t.match(await broken(t, w), /relay: entry \d+ truncated/)
  await w.rconsole(['audit', 'verify', '--accept'])
  await whole(t, w)
  t.equal((await w.rconsole(['ls'])).stderr, '', 'nothing is held against it any more')
})
