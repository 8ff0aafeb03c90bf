// The claim: what is run, printed, typed and set is found nowhere on the wire, in the relay's memory, log or data.
import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import t from 'tap'
import { countInCore, countInMemory } from '../memory-search.ts'
import { until } from '../until.ts'
import { Wiretap } from '../wiretap.ts'
import { world } from '../world.ts'

/** As it stands in a file, and as V8 keeps a string of two-byte characters. */
const forms = (text: string): Buffer[] => [Buffer.from(text, 'latin1'), Buffer.from(text, 'utf16le')]

t.test('the relay is blind', { skip: process.platform === 'linux' ? false : 'reads /proc' }, async (t) => {
  const w = await world(t)
  const tap = await Wiretap.on(Number(new URL(w.url).port))
  t.teardown(() => tap.close())
  const token = await w.token()
  w.url = tap.url
  await w.startAgent('web-1', token)

  const [command, printed, variable, typed, file] = ['cmd', 'out', 'env', 'key', 'fil'].map(
    (kind) => `${kind}${randomBytes(12).toString('hex')}`,
  )
  if (!command || !printed || !variable || !typed || !file) throw new Error('five markers')
  const reversed = printed.split('').toReversed().join('')

  t.equal(await w.ok(['run', 'web-1', '--', 'echo', command]), `${command}\n`)
  t.equal(await w.ok(['run', 'web-1', '-c', `echo ${reversed} | rev`]), `${printed}\n`)
  t.equal(await w.ok(['run', 'web-1', '-e', `MARK=${variable}`, '-c', 'printf %s $MARK | wc -c']), '27\n')
  t.equal(await w.ok(['run', 'web-1', '--', 'wc', '-c'], { input: file.repeat(1000) }), '27000\n')
  const shell = w.start('console', ['shell', 'web-1', '--shell', '/bin/sh'])
  shell.child.stdin?.write(`: ${typed}; echo shown $((1+1)); exit\n`)
  t.equal((await shell.exit).status, 0)
  await w.ok(['connect', 'web-1'], { input: `echo ${command}\ndisconnect\n` })

  const pid = w.relay?.child.pid
  if (pid === undefined) throw new Error('no relay')
  const markers = [command, printed, reversed, variable, typed, file].flatMap(forms)
  const log = Buffer.from(w.relay?.stderr ?? '')
  const data = readdirSync(join(w.folder, 'relay')).map((name) =>
    Buffer.from(w.read('relay', name), 'latin1'),
  )

  await t.test('what it may know is found by the same search', async (t) => {
    const { id } = await w.machine('web-1')
    const known = forms(String(id))
    t.ok(countInMemory(pid, known) > 0, 'memory')
    t.ok(tap.heard.includes(String(id)), 'wire')
    t.ok(log.includes(String(id)), 'log')
    t.ok(
      data.some((bytes) => bytes.includes(String(id))),
      'data',
    )
  })

  await t.test('the markers are not', async (t) => {
    await until(() => tap.heard.length > 50_000, 'the wire has been heard')
    t.strictSame(
      markers.filter((marker) => tap.heard.includes(marker)),
      [],
      'wire',
    )
    t.strictSame(
      markers.filter((marker) => [log, ...data].some((bytes) => bytes.includes(marker))),
      [],
      'log, data',
    )
    t.equal(countInMemory(pid, markers), 0, 'memory')
    t.equal(countInMemory(pid, forms(token)), 0, 'nor is the token')
  })

  const isAsked = process.env['RCONSOLE_CORE'] !== undefined
  await t.test('nor in a core dump', { skip: isAsked ? false : 'npm run soak -- core' }, async (t) => {
    const { id } = await w.machine('web-1')
    t.ok((await countInCore(pid, w.folder, forms(String(id)))) > 0, 'what it may know is there')
    t.equal(await countInCore(pid, w.folder, [...markers, ...forms(token)]), 0, 'what it may not is not')
  })

  await t.test('the search reaches native memory, not only the heap of JavaScript', async (t) => {
    const secret = randomBytes(12).toString('hex')
    const script = `const held = Buffer.alloc(1 << 20); held.write(process.argv[1].split('').reverse().join(''), 5000); console.log(held.length); setInterval(() => held, 1e6)`
    const holder = execa(process.execPath, ['-e', script, secret], { reject: false, buffer: false })
    t.teardown(() => void holder.kill('SIGKILL'))
    await new Promise((resolve) => {
      holder.stdout.once('data', resolve)
    })
    const reversed = [Buffer.from(secret.split('').toReversed().join(''))]
    t.ok(countInMemory(holder.pid ?? 0, reversed) > 0)
  })
})
