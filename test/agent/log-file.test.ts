// Files below /var/log: the last lines, what is added, and everything that is not to be read.
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readLog } from '../../agent/log-file.ts'
import { lastOf, wholeLines } from '../../agent/log-lines.ts'
import { until } from '../until.ts'

const never = new AbortController().signal

async function read(root: string, path: string, lines: number, grep?: string): Promise<string> {
  const found: Buffer[] = []
  for await (const data of readLog({ path, lines, grep, follow: false }, never, root)) found.push(data)
  return Buffer.concat(found).toString()
}

async function* many() {
  for (let n = 0; n < 40; n++) yield Buffer.from(`${'y'.repeat(60 * 1024)}\n`.repeat(8))
}

void t.test('the last lines of a file, however long they and it are', async (t) => {
  const root = t.testdir({ empty: '', three: 'a\nb\nc\n', open: 'a\nb\nc', blank: 'a\n\n\n' })
  const last = (name: string, lines: number) => read(root, join(root, name), lines)
  t.strictSame(
    [await last('empty', 5), await last('three', 2), await last('three', 9), await last('three', 0)],
    ['', 'b\nc\n', 'a\nb\nc\n', ''],
  )
  t.strictSame([await last('open', 2), await last('open', 1), await last('blank', 2)], ['b\nc', 'c', '\n\n'])
  const big = Array.from({ length: 50_000 }, (_, index) => `line ${index}\n`)
  writeFileSync(join(root, 'big'), big.join(''))
  t.equal(await last('big', 20_000), big.slice(-20_000).join(''))
  t.equal(await read(root, join(root, 'big'), 2, 'LINE 499'), big.slice(-2).join(''))
  t.equal(await read(root, join(root, 'big'), 5, 'nowhere'), '')
  writeFileSync(join(root, 'wide'), `${'x'.repeat(1_000_000)}\nend\n`)
  t.equal((await last('wide', 2)).length, 1_000_005)
})

void t.test('what is looked through is held to a few MiB', async (t) => {
  const held = await lastOf(wholeLines(many(), 'y'), 10_000)
  t.ok(held.length <= 8 * 1024 * 1024 && held.length > 7 * 1024 * 1024)
})

void t.test('only files below the folder of logs are read, whatever leads out of it', async (t) => {
  const root = join(t.testdir(), 'log')
  mkdirSync(join(root, 'sub'), { recursive: true })
  const fails = (path: string, code: string) => t.rejects(read(root, path, 1), { code }, path)
  writeFileSync(join(root, '..', 'secret'), 'secret\n')
  symlinkSync('../secret', join(root, 'link'))
  symlinkSync('/etc', join(root, 'etc'))
  execFileSync('mkfifo', [join(root, 'pipe')])
  await fails(join(root, 'link'), 'POLICY')
  await fails(join(root, 'etc', 'passwd'), 'POLICY')
  await fails(`${root}/sub/../../secret`, 'POLICY')
  await fails(`${root}-other`, 'NO_FILE')
  await fails('/etc/passwd', 'POLICY')
  await fails(join(root, 'sub'), 'UNSUPPORTED')
  await fails(join(root, 'pipe'), 'UNSUPPORTED')
  await fails(join(root, 'none'), 'NO_FILE')
})

void t.test('a file is followed when it grows, is cut short, and is set aside', async (t) => {
  const root = t.testdir({ log: 'old\n' })
  const path = join(root, 'log')
  const stop = new AbortController()
  let heard = ''
  const following = (async () => {
    for await (const data of readLog({ path, lines: 1, grep: undefined, follow: true }, stop.signal, root))
      heard += data.toString()
  })()
  await until(() => heard === 'old\n', 'what was there')
  appendFileSync(path, 'one\n')
  await until(() => heard === 'old\none\n', 'what is added')
  truncateSync(path)
  writeFileSync(path, 'two\n')
  await until(() => heard.endsWith('two\n'), 'what is new')
  renameSync(path, `${path}.1`)
  appendFileSync(`${path}.1`, 'late\n')
  writeFileSync(path, 'three\n')
  await until(() => heard.endsWith('late\nthree\n'), 'the rest of the old one, and the new one')
  stop.abort(new Error('enough'))
  await t.rejects(following, { message: 'enough' })
})
