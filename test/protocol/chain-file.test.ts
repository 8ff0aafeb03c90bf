// A chain in a file: what survives a crash, a full disk and rotation, and what is refused.
import { appendFileSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ChainFile, hashLine, NO_HEAD } from '../../protocol/chain-file.ts'

const numberOf = (line: string): number => {
  const { n } = JSON.parse(line)
  if (typeof n !== 'number') throw new TypeError('no number')
  return n
}
const make = (n: number, prev: string): string => JSON.stringify({ n, prev })
const open = (path: string, most = 10_000): ChainFile => new ChainFile(path, most, numberOf)

async function read(file: ChainFile): Promise<{ n: number; prev: string; line: string }[]> {
  const found = []
  for await (const line of file.lines()) found.push({ ...JSON.parse(line), line })
  return found
}

void t.test('each line names the one before, also after it was opened again', async (t) => {
  const path = join(t.testdir(), 'chain')
  const file = open(path)
  t.strictSame(file.head, NO_HEAD)
  for (let n = 0; n < 3; n++) file.append(make)
  file.close()
  const again = open(path)
  t.equal(again.head.n, 3)
  again.append(make)
  let prev = NO_HEAD.hash
  const lines = await read(again)
  t.strictSame(
    lines.map(({ n }) => n),
    [1, 2, 3, 4],
  )
  for (const line of lines) {
    t.equal(line.prev, prev)
    prev = hashLine(line.line)
  }
  t.strictSame(again.head, { n: 4, hash: prev })
  t.equal(statSync(path).mode & 0o777, 0o600)
  again.close()
})

void t.test('a page begins where the one before ended, and does not read what precedes it', async (t) => {
  const path = join(t.testdir(), 'chain')
  const file = open(path, 60_000)
  for (let n = 0; n < 2_500; n++) file.append(make)
  const all = (await read(file)).map(({ n }) => n)
  t.ok(all[0] !== 1 && all.at(-1) === 2_500, 'two files, and what was before them is gone')
  for (const after of [0, 1, (all[0] ?? 0) - 1, all[0] ?? 0, 1_500, 1_501, 2_000, 2_499, 2_500, 9_999]) {
    let looks = 0
    const isPassed = (line: string): boolean => {
      looks++
      return numberOf(line) <= after
    }
    const found = []
    for await (const line of file.lines(isPassed)) found.push(numberOf(line))
    t.strictSame(
      found,
      all.filter((n) => n > after),
    )
    t.ok(looks < found.length + 1_000, `${looks} looks for ${found.length} lines`)
  }
  file.close()
})

void t.test('a line that was not finished is cut off, and counted', async (t) => {
  const path = join(t.testdir(), 'chain')
  const file = open(path)
  file.append(make)
  const { head } = file
  file.close()
  appendFileSync(path, '{"n":2,"pr')
  const again = open(path)
  t.equal(again.cut, 10)
  t.strictSame(again.head, head)
  again.append(make)
  t.strictSame(
    (await read(again)).map(({ n }) => n),
    [1, 2],
  )
  again.close()
})

void t.test('a full file is set aside; the chain runs on, and two files are kept', async (t) => {
  const path = join(t.testdir(), 'chain')
  const file = open(path, 200)
  for (let n = 0; n < 20; n++) file.append(make)
  t.ok(existsSync(`${path}.1`))
  t.ok(statSync(path).size <= 200 && statSync(`${path}.1`).size <= 200)
  const lines = await read(file)
  t.equal(lines.at(-1)?.n, 20)
  for (const [at, { prev }] of lines.entries()) if (at > 0) t.equal(prev, hashLine(lines[at - 1]?.line ?? ''))
  file.close()
  writeFileSync(path, '')
  const emptied = open(path, 200)
  t.equal(
    emptied.head.n,
    Number(JSON.parse(readFileSync(`${path}.1`, 'utf8').trim().split('\n').at(-1) ?? '').n),
  )
  emptied.close()
})

void t.test('a file that ends with something else is refused by its name', async (t) => {
  const path = join(t.testdir({ chain: 'hello\n', long: 'x'.repeat(200_000) }), 'chain')
  t.throws(() => open(path), {
    code: 'HOME',
    message: /chain: its newest line is not one of ours; set it aside/,
  })
  t.throws(() => open(path.replace(/chain$/, 'long')), { code: 'HOME' })
})

void t.test(
  'a disk that takes nothing leaves the chain as it was',
  { skip: existsSync('/dev/full') ? false : 'no /dev/full' },
  async (t) => {
    const path = join(t.testdir(), 'chain')
    symlinkSync('/dev/full', path)
    const file = open(path)
    t.throws(() => file.append(make), { code: 'BUSY', message: 'cannot write chain: ENOSPC' })
    t.strictSame(file.head, NO_HEAD)
    file.close()
  },
)
