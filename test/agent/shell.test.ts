// Action `shell` at the agent: a terminal that carries bytes as they are and leaves nothing behind.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { shell } from '../../agent/actions/shell.ts'
import type { InputOf, RequestOf } from '../../protocol/actions/index.ts'
import { KiB, MiB } from '../../protocol/limits.ts'
import { loginShell } from '../../agent/environment.ts'
import { until } from '../until.ts'
import { collect, fixture, newContext, newId, processesOf } from './world.ts'

const bytes = (text: string) => ({ fd: 0 as const, data: new TextEncoder().encode(text) })

/** A shell without start-up files, so that the prompts of this machine do not matter. */
function start(options: Partial<RequestOf<'shell'>> = {}) {
  const id = newId()
  const world = newContext<'shell'>()
  const request = { id, size: { cols: 80, rows: 24 }, term: 'xterm-256color', shell: '/bin/sh', ...options }
  const outputs = shell(request, world.context)
  const say = (...values: InputOf<'shell'>[]) => world.input.push(...values)
  let seen = Buffer.alloc(0)
  /** Take output until it holds `text`. */
  const see = async (text: string) => {
    while (!seen.includes(text)) {
      const next = await outputs.next()
      if (next.done) throw new Error(`the shell ended before it said ${text}: ${seen.toString()}`)
      seen = Buffer.concat([seen, next.value.data])
    }
    const all = seen
    seen = Buffer.alloc(0)
    return all
  }
  return { ...world, id, outputs, say, see }
}

void t.test('what is typed is run, and the status is the shell’s own', async (t) => {
  const { outputs, say, see, works, input } = start()
  say(bytes('echo $((40 + 2)) $TERM\n'))
  await see('42 xterm-256color')
  t.equal(works.count('shell'), 1)
  say(bytes('exit 7\n'))
  t.strictSame((await collect(outputs)).result, { code: 7, signal: null })
  t.equal(works.count('shell'), 0)
  t.ok(input.released)
})

const isBash = loginShell().endsWith('/bash')
void t.test('the login shell of the user is the default', { skip: !isBash }, async (t) => {
  const id = newId()
  const { context, input } = newContext<'shell'>()
  input.push(bytes('shopt -q login_shell && echo lo""gin $A; exit\n'))
  const request = { id, size: { cols: 80, rows: 24 }, term: 'xterm', env: { A: 'b' } }
  const { stdout } = await collect(shell(request, context))
  t.match(stdout.toString(), /login b/)
})

void t.test('a signal that ends the shell is named', async (t) => {
  const { outputs, say } = start()
  say(bytes('kill -KILL $$\n'))
  t.strictSame((await collect(outputs)).result, { code: null, signal: 'SIGKILL' })
})

void t.test('a new size reaches the program', async (t) => {
  const { outputs, say, see } = start()
  say(bytes('stty size\n'))
  await see('24 80')
  say({ resize: { cols: 132, rows: 43 } }, bytes('stty size\n'))
  await see('43 132')
  say(bytes(`${process.execPath} ${fixture('say-size.mjs')}\n`))
  await see('132x43')
  say({ resize: { cols: 100, rows: 30 } })
  await see('100x30')
  say(bytes('q\n'), bytes('exit\n'))
  t.match((await collect(outputs)).result, { code: 0 })
})

void t.test('a character may be split between two inputs', async (t) => {
  const { outputs, say, see } = start()
  say(bytes('stty -echo; cat\n'))
  const euro = new TextEncoder().encode('€\n')
  say({ fd: 0, data: euro.slice(0, 1) }, { fd: 0, data: euro.slice(1, 2) }, { fd: 0, data: euro.slice(2) })
  await see('€')
  say({ fd: 0, data: new Uint8Array([4]) }, bytes('exit\n'))
  await collect(outputs)
  t.pass('it came out whole')
})

void t.test('every byte passes both ways as it is', async (t) => {
  const { outputs, say, see } = start()
  const size = 1 * MiB
  say(bytes(`stty raw -echo; echo rea''dy; head -c ${size + 256}; exit\n`))
  await see('ready\n')
  const all = Buffer.concat([Uint8Array.from({ length: 256 }, (_, n) => n), randomBytes(size)])
  for (let at = 0; at < all.length; at += 100 * KiB) {
    say({ fd: 0, data: new Uint8Array(all.subarray(at, at + 100 * KiB)) })
  }
  const { stdout } = await collect(outputs)
  t.equal(stdout.length, all.length)
  t.ok(stdout.equals(all))
})

void t.test('a program that does not read holds the input back', async (t) => {
  const { outputs, say, see, input, abort } = start()
  say(bytes(`stty raw -echo; echo rea''dy; sleep 60\n`))
  await see('ready\n')
  for (let n = 0; n < 64; n++) say({ fd: 0, data: new Uint8Array(64 * KiB) })
  await until(() => input.waiting < 64, 'the first input is taken')
  t.ok(input.waiting > 50)
  abort('CANCELLED')
  await collect(outputs)
})

void t.test('the last words are delivered, also to a slow console', async (t) => {
  for (let n = 0; n < 30; n++) {
    const { outputs, say, see, id } = start()
    say(bytes(`stty raw -echo; printf rea''dy; printf %0200000d 7; exit\n`))
    const before = await see('ready')
    if (n < 3) {
      await until(() => processesOf(id).length === 0 || before.length > 0, 'it runs')
      const began = performance.now()
      await until(() => performance.now() > began + 400, 'node-pty would have closed by now')
    }
    const { stdout } = await collect(outputs)
    const printed = before.length - before.indexOf('ready') - 5 + stdout.length
    if (printed !== 200_000) t.equal(printed, 200_000, `round ${n}`)
  }
  t.pass('thirty times')
})

void t.test('a slow console pauses the program', async (t) => {
  const { outputs, say, see, abort } = start()
  say(bytes('yes\n'))
  await see('y\r\ny\r\n')
  const before = process.memoryUsage().external
  const began = performance.now()
  await until(() => performance.now() > began + 300, 'time in which yes would print 100 MiB')
  t.ok(process.memoryUsage().external - before < 2 * MiB)
  abort('CANCELLED')
  await collect(outputs)
})

void t.test('hanging up leaves nothing, whatever ignores it or changed session', async (t) => {
  const { outputs, say, see, id, abort, works } = start({ shell: '/bin/bash' })
  say(bytes(`nohup sleep 60 >&- & setsid sleep 60 & sleep 60 & echo rea''dy\n`))
  await see('ready')
  await until(() => processesOf(id).length === 4, 'all are there')
  abort('GONE')
  t.strictSame((await collect(outputs)).result, { code: null, signal: 'SIGHUP' })
  t.strictSame(processesOf(id), [])
  await until(() => works.count('shell') === 0, 'the work is over')
})

void t.test('a lifecycle order ends the shell', async (t) => {
  const { outputs, say, see, id, works } = start()
  say(bytes(`echo rea''dy\n`))
  await see('ready')
  await works.end('shell', 'key-of-alice')
  t.strictSame(processesOf(id), [])
  t.match((await collect(outputs)).result, { signal: 'SIGHUP' })
})

void t.test('a generator returned early hangs up', async (t) => {
  const { outputs, id } = start()
  await outputs.next()
  await outputs.return({ code: null, signal: null })
  t.strictSame(processesOf(id), [])
})

void t.test('a shell or folder that is not there is named', async (t) => {
  const fails = async (options: Partial<RequestOf<'shell'>>, code: string, message: RegExp) => {
    await t.rejects(collect(start(options).outputs), { code, message })
  }
  await fails({ shell: '/no/shell' }, 'NO_SHELL', /\/no\/shell/)
  await fails({ cwd: '/no/folder' }, 'NO_FOLDER', /\/no\/folder/)
})
