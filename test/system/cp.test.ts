// rconsole cp through real processes: files there and back, whole trees, what is there already, what is hostile.
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { noise } from '../noise.ts'
import { world } from '../world.ts'

const MiB = 1024 * 1024
const micros = (path: string): number => Math.round(statSync(path).mtimeMs * 1000)

void t.test('a file goes there and comes back with its mode and its time', async (t) => {
  const w = await world(t, 'web-1')
  const here = join(w.folder, 'report.bin')
  writeFileSync(here, noise(3 * MiB + 12), { mode: 0o640 })
  utimesSync(here, 1_700_000_000, 1_700_000_000.25)
  mkdirSync(join(w.folder, 'there'))
  const there = join(w.folder, 'there', 'report.bin')
  t.match(
    (await w.rconsole(['cp', here, `web-1:${w.folder}/there/`])).stderr,
    /^web-1: 1 file copied, 3\.0 MiB in /,
  )
  t.ok(readFileSync(here).equals(readFileSync(there)))
  t.equal(statSync(there).mode & 0o777, 0o640)
  t.equal(statSync(there).mtimeMs, statSync(here).mtimeMs)

  const again = await w.rconsole(['cp', '--json', here, `web-1:${there}`])
  t.match(
    JSON.parse(again.stdout.toString()),
    { name: 'web-1', files: 0, bytes: 0, same: 1, failed: 0 },
    'sent once',
  )
  await w.ok(['cp', `web-1:${there}`, join(w.folder, 'back')])
  t.ok(readFileSync(join(w.folder, 'back')).equals(readFileSync(here)))

  writeFileSync(here, 'changed')
  const refused = await w.rconsole(['cp', here, `web-1:${there}`])
  t.equal(refused.status, 1)
  t.match(refused.stderr, /is there already and differs \(--force replaces it\)/)
  t.equal(statSync(there).size, 3 * MiB + 12, 'and was left alone')
  await w.ok(['cp', '-f', here, `web-1:${there}`])
  t.equal(readFileSync(there, 'utf8'), 'changed')
  t.strictSame(readdirSync(join(w.folder, 'there')), ['report.bin'], 'nothing is left beside it')
})

void t.test('a tree goes with its links, holes, empty and unreadable parts', async (t) => {
  const w = await world(t, 'web-1')
  const tree = join(w.folder, 'tree')
  mkdirSync(join(tree, 'a', 'empty'), { recursive: true })
  for (let n = 0; n < 700; n++) writeFileSync(join(tree, 'a', `file-${n}`), `content ${n}`)
  writeFileSync(join(tree, 'nothing'), '')
  writeFileSync(join(tree, 'strange \u001b]52;c;eA==\u0007 \u202e name\n'), 'x')
  symlinkSync('a/file-7', join(tree, 'link'))
  symlinkSync('/etc', join(tree, 'outward'))
  writeFileSync(join(tree, 'holes'), 'begin')
  truncateSync(join(tree, 'holes'), 64 * MiB)
  chmodSync(join(tree, 'a', 'empty'), 0o555)
  const fifo = await w.rconsole(['run', 'web-1', '--', 'mkfifo', join(tree, 'pipe')])
  t.equal(fifo.status, 0)
  const put = await w.rconsole(['cp', '-r', tree, `web-1:${w.folder}/copy`])
  t.equal(put.status, 1, 'something was not copied')
  t.match(put.stderr, /pipe: is neither a file nor a folder nor a link/)
  t.match(put.stderr, /705 files copied/)
  t.notMatch(put.stderr, /[\u001b\u202e]/)
  const got = await w.rconsole(['cp', '-r', `web-1:${w.folder}/copy`, w.folder + '/back'])
  t.equal(got.status, 0, got.stderr)
  for (const copy of ['copy', 'back']) {
    const at = join(w.folder, copy)
    t.equal(readdirSync(join(at, 'a')).length, 701)
    t.equal(readFileSync(join(at, 'a', 'file-699'), 'utf8'), 'content 699')
    t.equal(readlinkSync(join(at, 'outward')), '/etc')
    t.equal(readFileSync(join(at, 'link'), 'utf8'), 'content 7')
    t.equal(statSync(join(at, 'a', 'empty')).mode & 0o777, 0o555)
    t.equal(statSync(join(at, 'holes')).size, 64 * MiB)
    t.ok(statSync(join(at, 'holes')).blocks < 2048, 'holes stay holes')
    t.ok(existsSync(join(at, 'strange \u001b]52;c;eA==\u0007 \u202e name\n')))
    t.equal(micros(join(at, 'a')), micros(join(tree, 'a')))
  }
  t.match((await w.rconsole(['cp', tree, 'web-1:/tmp/'])).stderr, /is a folder: -r copies it/)

  mkdirSync(join(w.folder, 'elsewhere'))
  mkdirSync(join(w.folder, 'shared'))
  symlinkSync('../elsewhere', join(w.folder, 'shared', 'tree'))
  for (const args of [['web-1:' + join(w.folder, 'shared')], [join(w.folder, 'shared')]]) {
    const from = args[0]?.startsWith('web-1:') === true ? tree : `web-1:${tree}`
    const trapped = await w.rconsole(['cp', '-r', from, ...args])
    t.equal(trapped.status, 1)
    t.match(trapped.stderr, /is there already, and is a link or a file/)
  }
  t.strictSame(
    readdirSync(join(w.folder, 'elsewhere')),
    [],
    'nothing goes through a link that someone put there',
  )
})

void t.test('one to many, and from many each into a folder of its own', async (t) => {
  const w = await world(t, 'web-1', 'web-2')
  mkdirSync(join(w.folder, 'all'))
  writeFileSync(join(w.folder, 'x'), 'for all')
  const put = await w.rconsole(['cp', join(w.folder, 'x'), 'web-*:' + join(w.folder, 'y')])
  // Both machines are this one, and the second finds what the first has put there.
  t.match(put.stderr, /web-[12]: 1 file copied/)
  const got = await w.rconsole(['cp', `web-*:${w.folder}/y`, join(w.folder, 'all')])
  t.equal(got.status, 0, got.stderr)
  for (const name of ['web-1', 'web-2'])
    t.equal(readFileSync(join(w.folder, 'all', name, 'y'), 'utf8'), 'for all')
})

void t.test('what cannot be done is said in a line', async (t) => {
  const w = await world(t, 'web-1')
  const file = join(w.folder, 'x')
  writeFileSync(file, 'x')
  const cases: readonly [readonly string[], RegExp, number][] = [
    [[file, 'y'], /expected a machine, like web-1:\/etc\/hosts/, 2],
    [['web-1:/x', 'web-1:/y'], /expected one side on this computer/, 2],
    [[file], /missing required argument|expected FILE/, 2],
    [['/does/not/exist', 'web-1:/tmp/'], /there is no such file or folder/, 1],
    [['web-1:/does/not/exist', w.folder], /there is no such file or folder/, 1],
    [[file, 'web-1:/does/not/exist/x'], /there is no such folder/, 1],
    [[file, 'web-1:/does/not/exist/'], /expected a folder that is there/, 1],
    [[file, 'web-9:/tmp/'], /no machine matches web-9/, 1],
    [[`web-1:${file}`, '/does/not/exist/'], /expected a folder that is there/, 1],
    [[file, file, 'web-1:/tmp'], /two sources are called/, 2],
  ]
  for (const [args, message, status] of cases) {
    const answer = await w.rconsole(['cp', ...args])
    t.match(answer.stderr, message, args.join(' '))
    t.equal(answer.status, status, args.join(' '))
    t.ok(answer.stderr.trim().split('\n').length <= 2, answer.stderr)
    t.notMatch(answer.stderr, /\n {4}at /)
  }
  t.ok(lstatSync(file).isFile())
})
