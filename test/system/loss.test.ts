// The relay is killed and started again in the middle of things: nothing is lost, nothing comes twice.
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../until.ts'
import { type World, world } from '../world.ts'

const MIB = Number(process.env['RCONSOLE_MIB'] ?? 24)
/** Both ends come back within two attempts of at most 2 and 4 s each. */
const BACK_MS = 30_000

const sha = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex')

async function restart(w: World): Promise<void> {
  await w.relay?.stop('SIGKILL')
  await w.startRelay()
}

t.test('a relay killed and started again', async (t) => {
  const w = await world(t, 'web-1')
  const data = randomBytes(MIB * 1024 * 1024)
  const file = join(w.folder, 'random.bin')
  writeFileSync(file, data)

  await t.test('in the middle of output', async (t) => {
    const running = w.start('console', ['run', 'web-1', '--', 'cat', file])
    await until(() => running.bytes > data.length / 4, 'a quarter of it')
    await restart(w)
    const { status, stdout } = await running.exit
    t.equal(status, 0)
    t.equal(sha(stdout), sha(data))
  })

  await t.test('in the middle of input', async (t) => {
    const copy = join(w.folder, 'copy.bin')
    const running = w.start('console', ['run', 'web-1', '--', 'sh', '-c', `tee ${copy} | wc -c`])
    running.child.stdin?.write(data.subarray(0, data.length / 2))
    await until(() => existing(copy) > data.length / 4, 'a quarter of it')
    await restart(w)
    running.child.stdin?.end(data.subarray(data.length / 2))
    const { status, stdout } = await running.exit
    t.equal(status, 0)
    t.equal(stdout.toString().trim(), String(data.length))
    t.equal(sha(readFileSync(copy)), sha(data))
  })

  await t.test('in the middle of a shell', async (t) => {
    const shell = w.start('console', ['shell', 'web-1', '--shell', '/bin/sh'])
    // The terminal echoes what is typed, so what is waited for is computed by the shell.
    const says = (text: string): Promise<void> => until(() => shell.stdout.includes(text), text, BACK_MS)
    shell.child.stdin?.write('echo before $((40+2))\n')
    await says('before 42')
    await restart(w)
    shell.child.stdin?.write(
      'i=0; while [ $i -lt 500 ]; do echo line $i; i=$((i+1)); done; echo after $((41+2)); exit 4\n',
    )
    await says('after 43')
    const { status, stdout } = await shell.exit
    t.equal(status, 4)
    const lines = stdout.toString().match(/^line \d+/gm)
    t.strictSame(
      lines,
      Array.from({ length: 500 }, (_, index) => `line ${index}`),
    )
  })
})

t.test('a shell whose console is gone ends after --grace', async (t) => {
  const w = await world(t, 'web-1')
  const shell = w.start('console', ['shell', 'web-1', '--shell', '/bin/sh', '--grace', '300ms'])
  const pidFile = join(w.folder, 'pid')
  shell.child.stdin?.write(`echo $$ > ${pidFile}; echo ready $((1+1))\n`)
  await until(() => shell.stdout.includes('ready 2'), 'the shell')
  const pid = Number(readFileSync(pidFile, 'utf8'))
  await shell.stop('SIGKILL')
  await until(() => !isAlive(pid), 'the shell ends')
  t.pass()
})

function existing(path: string): number {
  try {
    return readFileSync(path).length
  } catch {
    // Not made yet.
    return 0
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    // Gone, which is what is asked.
    return false
  }
}
