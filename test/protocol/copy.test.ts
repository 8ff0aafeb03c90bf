// The halves of a copy against an end that lies: nothing is written where it was not asked for.
import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import t from 'tap'
import type { Entry, Item, Reply } from '../../protocol/copy/items.ts'
import { Receiver } from '../../protocol/copy/receive.ts'
import { send } from '../../protocol/copy/send.ts'
import { RconsoleError } from '../../protocol/errors.ts'

const newFolder = (t: { teardown(work: () => void): unknown }): string => {
  const folder = mkdtempSync(join(tmpdir(), 'rconsole-copy-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
const file = (path: string, size = 1, source = 0): Entry => ({
  kind: 'file',
  source,
  path,
  mode: 0o600,
  time: 0,
  size,
})
const bytes = (text: string): Item => ({ fd: 1, data: Buffer.from(text) })
const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')
const answersOf = (reply: Reply | undefined): string[] =>
  reply !== undefined && 'answers' in reply ? reply.answers.map((answer) => answer.is) : []

async function* wanted(): AsyncGenerator<Reply> {
  yield { answers: [{ is: 'wanted' }] }
}

void t.test('names that lead elsewhere are refused, and so is what was not asked for', async (t) => {
  const folder = newFolder(t)
  const at = join(folder, 'a')
  for (const recursive of [true, false]) {
    const receiver = new Receiver({ places: [at], recursive, force: false })
    const list = ['../b', '/b', 'x/../../b', '..', '.', 'x//b', ''].map((path) => file(path))
    const answers = answersOf(await receiver.take({ list }))
    t.strictSame(answers, [...Array.from({ length: 6 }, () => 'refused'), 'wanted'], `recursive ${recursive}`)
  }
  const plain = new Receiver({ places: [at], recursive: false, force: false })
  const link: Entry = { kind: 'link', source: 0, path: '', target: '/etc' }
  const inner: Entry = { kind: 'folder', source: 0, path: '', mode: 0o700, time: 0 }
  t.strictSame(answersOf(await plain.take({ list: [link, inner, file('x')] })), [
    'refused',
    'refused',
    'refused',
  ])
  await t.rejects(plain.take({ list: [file('x', 1, 7)] }), { code: 'INVALID_MESSAGE' })
  t.strictSame(readdirSync(folder), [])
})

void t.test('nothing is written through a link, neither one that came nor one that was there', async (t) => {
  const folder = newFolder(t)
  const outside = newFolder(t)
  const at = join(folder, 'a')
  mkdirSync(at)
  symlinkSync(outside, join(at, 'there'))
  const receiver = new Receiver({ places: [at], recursive: true, force: true })
  const link: Entry = { kind: 'link', source: 0, path: 'came', target: outside }
  const answers = answersOf(await receiver.take({ list: [link, file('came/x'), file('there/x')] }))
  t.strictSame(answers, ['wanted', 'refused', 'refused'])
  await receiver.end()
  t.strictSame(readdirSync(outside), [])
  writeFileSync(join(outside, 'target'), 'mine')
  symlinkSync(join(outside, 'target'), join(at, 'over'))
  const over = new Receiver({ places: [at], recursive: true, force: true })
  await over.take({ list: [file('over', 2)] })
  for (const item of [{ from: 0 }, bytes('hi'), { end: digest('hi') }]) await over.take(item)
  t.equal(readFileSync(join(outside, 'target'), 'utf8'), 'mine', 'a link is replaced, not followed')
  t.equal(readFileSync(join(at, 'over'), 'utf8'), 'hi')
})

void t.test('a file that is not what was announced is not kept', async (t) => {
  const folder = newFolder(t)
  const take = async (...items: Item[]): Promise<unknown> => {
    const receiver = new Receiver({ places: [join(folder, 'a')], recursive: false, force: false })
    try {
      await receiver.take({ list: [file('', 4)] })
      let last: unknown
      for (const item of items) last = await receiver.take(item)
      await receiver.end()
      return last
    } finally {
      await receiver.close()
      for (const name of readdirSync(folder)) if (name.endsWith('.part')) rmSync(join(folder, name))
    }
  }
  t.match(await take({ from: 0 }, bytes('abcd'), { end: digest('abce') }), {
    failed: { why: /did not arrive/ },
  })
  t.match(await take({ from: 0 }, bytes('abc'), { end: digest('abc') }), {
    failed: { why: /did not arrive/ },
  })
  t.match(await take({ from: 0 }, bytes('abc'), { broken: 'changed' }), { failed: { why: 'changed' } })
  const wrong: Item[][] = [
    [{ from: 1 }],
    [bytes('x')],
    [{ from: 0 }, bytes('abcde')],
    [{ from: 0 }, { zeros: 5 }],
    [{ from: 0 }, { from: 0 }],
    [{ from: 0 }],
    [],
    [{ from: 0 }, { list: [file('')] }],
  ]
  for (const items of wrong)
    await t.rejects(take(...items), { code: 'INVALID_MESSAGE' }, JSON.stringify(items))
  t.strictSame(readdirSync(folder), [])
})

void t.test('whatever is sent, nothing is thrown but a code, and nothing appears outside', async (t) => {
  const outside = newFolder(t)
  const folder = join(outside, 'in')
  const path = fc.oneof(
    fc.constantFrom('', 'a', 'a/b', '..', '../x', '/x', './a', 'a/', 'l', 'l/x'),
    fc.string({ maxLength: 8 }),
  )
  const size = fc.nat({ max: 4 })
  const entry: fc.Arbitrary<Entry> = fc.oneof(
    fc.record({
      kind: fc.constant('file' as const),
      source: fc.nat({ max: 1 }),
      path,
      mode: fc.constant(0o600),
      time: fc.nat(),
      size,
    }),
    fc.record({
      kind: fc.constant('folder' as const),
      source: fc.nat({ max: 1 }),
      path,
      mode: fc.constant(0o700),
      time: fc.nat(),
    }),
    fc.record({
      kind: fc.constant('link' as const),
      source: fc.nat({ max: 1 }),
      path,
      target: fc.constantFrom('/etc', '..', 'a'),
    }),
  )
  const item: fc.Arbitrary<Item> = fc.oneof(
    fc.record({ list: fc.array(entry, { minLength: 1, maxLength: 3 }) }),
    fc.record({ from: size }),
    fc.constant(bytes('ab')),
    fc.record({ zeros: fc.integer({ min: 1, max: 4 }) }),
    fc.constantFrom<Item>({ end: digest('') }, { end: digest('ab') }, { broken: 'x' }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(item, { maxLength: 8 }), fc.boolean(), async (items, force) => {
      rmSync(folder, { recursive: true, force: true })
      mkdirSync(folder)
      const receiver = new Receiver({
        places: [join(folder, 'one'), join(folder, 'two')],
        recursive: true,
        force,
      })
      try {
        for (const one of items) await receiver.take(one)
        await receiver.end()
      } catch (error) {
        if (!(error instanceof RconsoleError)) throw error
      } finally {
        await receiver.close()
      }
      const places = new Set(readdirSync(folder).filter((name) => !name.endsWith('.part')))
      for (const name of places) if (name !== 'one' && name !== 'two') throw new Error(name)
      if (readdirSync(outside).length > 1) throw new Error(readdirSync(outside).join(' '))
    }),
    { numRuns: 500 },
  )
  t.strictSame(readdirSync(outside), ['in'])
})

void t.test('a part that someone else put there is not written into', async (t) => {
  const folder = newFolder(t)
  const first = new Receiver({ places: [join(folder, 'a')], recursive: false, force: false })
  await first.take({ list: [file('', 4)] })
  await first.take({ from: 0 })
  await first.close()
  const [part = ''] = readdirSync(folder)
  const precious = join(folder, 'precious')
  writeFileSync(precious, 'mine')
  rmSync(join(folder, part))
  symlinkSync(precious, join(folder, part))
  const second = new Receiver({ places: [join(folder, 'a')], recursive: false, force: false })
  t.strictSame(answersOf(await second.take({ list: [file('', 4)] })), ['refused'])
  t.equal(readFileSync(precious, 'utf8'), 'mine')
})

void t.test('nor one that someone puts there between the offer and the first byte', async (t) => {
  for (const had of [undefined, 'hi']) {
    const folder = newFolder(t)
    const precious = join(folder, 'precious')
    writeFileSync(precious, 'mine')
    const receiver = (): Receiver =>
      new Receiver({ places: [join(folder, 'a')], recursive: false, force: false })
    const first = receiver()
    await first.take({ list: [file('', 4)] })
    await first.take({ from: 0 })
    if (had !== undefined) await first.take(bytes(had))
    await first.close()
    const part = join(folder, readdirSync(folder).find((name) => name.endsWith('.part')) ?? '')
    if (had === undefined) rmSync(part)
    const second = receiver()
    const is = had === undefined ? 'wanted' : 'begun'
    t.strictSame(answersOf(await second.take({ list: [file('', 4)] })), [is])
    rmSync(part, { force: true })
    symlinkSync(precious, part)
    await second.take({ from: had?.length ?? 0 })
    await second.take(bytes('evil'))
    await second.close()
    t.equal(readFileSync(precious, 'utf8'), 'mine', is)
  }
})

void t.test('a full disk ends the copy, says so, and leaves nothing in the way', async (t) => {
  const folder = newFolder(t)
  const small = join(folder, 'small')
  mkdirSync(small)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small], { stdio: 'ignore' })
  } catch {
    t.comment('no small disk can be made here: not run')
    return
  }
  t.teardown(() => void execFileSync('umount', [small]))
  const receiver = new Receiver({ places: [join(small, 'a')], recursive: false, force: false })
  await receiver.take({ list: [file('', 1_000_000)] })
  await receiver.take({ from: 0 })
  await t.rejects(receiver.take({ fd: 1, data: Buffer.alloc(200_000, 1) }), {
    code: 'NO_SPACE',
    message: /the disk is full/,
  })
  t.strictSame(readdirSync(small), [])
})

void t.test('a file that changes while it is read is not passed off as whole', async (t) => {
  const folder = newFolder(t)
  const at = join(folder, 'a')
  writeFileSync(at, Buffer.alloc(1_000_000, 'x'))
  const said: unknown[] = []
  const signal = new AbortController().signal
  for await (const item of send({ sources: [at], recursive: false, fd: 1, signal, replies: wanted() })) {
    if ('from' in item) writeFileSync(at, Buffer.alloc(1_000_000, 'y'))
    if (!('data' in item)) said.push(item)
  }
  t.match(said.at(-1), { broken: 'changed while it was copied' })
  t.ok(existsSync(at))
})
