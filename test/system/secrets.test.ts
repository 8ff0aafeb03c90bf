// Tokens and keys where others can look: process lists, children, logs, errors, a core; and what a thief gets later.
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { dhPair } from '../../protocol/aead.ts'
import { KIND, unpackBody } from '../../protocol/envelope.ts'
import { hear, hello } from '../../protocol/handshake.ts'
import { identity } from '../../protocol/keys.ts'
import { ChaosRelay } from '../chaos/relay.ts'
import { world, World } from '../world.ts'

const isLinux = process.platform === 'linux'

t.test('23. a token is in no process list, child, log or error, and is not kept', async (t) => {
  const w = await world(t)
  const token = await w.token()
  const secret = token.slice(24)
  const agent = await w.startAgent('web-1', undefined, '--token', token)
  const { pid } = agent.child
  if (isLinux) {
    t.notMatch(readFileSync(`/proc/${pid}/cmdline`, 'latin1'), secret)
    t.equal(readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', '').trim(), 'ragent')
  }
  const environment = await w.ok(['run', 'web-1', '-n', '--', 'env'])
  t.notMatch(environment, 'rjt_')
  t.notMatch(environment, 'RAGENT_TOKEN')
  const damaged = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`
  const refused = w.start('agent', ['--relay', w.url, '--home', join(w.folder, 'other'), '--token', damaged])
  t.notMatch((await refused.exit).stderr, secret.slice(0, 12))
  const said = [agent.stderr, agent.stdout.toString(), w.relay?.stderr ?? '']
  t.notMatch(said.join('\n'), secret)
  for (const folder of ['relay', 'web-1']) {
    for (const name of readdirSync(join(w.folder, folder), { recursive: true, withFileTypes: true }))
      if (name.isFile())
        t.notMatch(readFileSync(join(name.parentPath, name.name), 'latin1'), secret, name.name)
  }
})

t.test('23. a token and an operator’s key in the agent’s environment stay there', async (t) => {
  const w = await world(t)
  const token = await w.token()
  const args = ['--relay', w.url, '--name', 'web-1', '--home', join(w.folder, 'web-1')]
  const agent = w.start('agent', args, { RAGENT_TOKEN: token, RCONSOLE_KEY: 'rop_marker' })
  await agentIsThere(w)
  const environment = await w.ok(['run', 'web-1', '-n', '--', 'env'])
  t.notMatch(environment, token)
  t.notMatch(environment, 'rop_marker')
  t.notMatch(agent.stderr, token)
})

async function agentIsThere(w: World): Promise<void> {
  for (;;) {
    const found = await w.rconsole(['ls', 'web-1', '--json'])
    if (found.status === 0 && found.stdout.includes('"online"')) return
  }
}

t.test(
  '24. a recording opens with nothing that the relay, the machine or the operator keep on a disk',
  async (t) => {
    const w = new World(t)
    await w.init()
    const folder = join(w.folder, 'relay')
    mkdirSync(folder)
    const relay = await ChaosRelay.start({ fleet: w.fleet, folder, seed: '24', evil: '', patience: 0 })
    t.teardown(() => relay.close())
    w.url = relay.url
    const agent = await w.startAgent('web-1', await w.token())
    await w.ok(['run', 'web-1', '-n', '--', 'echo', 'recorded'])
    await agent.stop()

    const files = [w.home, folder, join(w.folder, 'web-1')].flatMap((path) =>
      readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name))),
    )
    const stolen = files.flatMap(keysIn)
    t.ok(stolen.length >= 3, `${stolen.length} keys of 32 bytes were found in ${files.length} files`)
    const agentKey = agentKeyOf(files)
    const hellos = relay.heard.map(unpackBody).filter((body) => body?.kind === KIND.hello)
    t.ok(hellos.length > 0, 'a hello was recorded')
    for (const seed of stolen) {
      const pair = dhPair(seed)
      for (const body of hellos) t.notOk(hear(w.fleet, agentKey, pair, body?.payload ?? Buffer.alloc(0)))
    }

    const prekey = dhPair()
    const { message } = hello({
      fleet: w.fleet,
      agentKey,
      prekey: prekey.public.toString('base64url'),
      operator: identity(),
      head: {
        session: 'c2Vzc2lvbnM',
        attempt: 0,
        want: 0,
        next: 0,
        doc: { n: 1, v: 1, hash: 'h'.repeat(43) },
      },
      first: randomBytes(8),
    })
    t.ok(hear(w.fleet, agentKey, prekey, message), 'with the prekey, which no disk has, one opens')
  },
)

/** Everything in a file that may be a key of 32 bytes: in base64url, in hex, or raw. */
function keysIn(file: Buffer): Buffer[] {
  const text = file.toString('latin1')
  return [
    ...[...text.matchAll(/(?<![\w-])[\w-]{43}(?![\w-])/g)].map(([word]) => Buffer.from(word, 'base64url')),
    ...[...text.matchAll(/(?<![\da-f])[\da-f]{64}(?![\da-f])/g)].map(([word]) => Buffer.from(word, 'hex')),
    ...(file.length === 32 ? [file] : []),
  ]
}

/** The agent's public key as its own join names it. */
function agentKeyOf(files: readonly Buffer[]): string {
  for (const [, body = ''] of files.join('\n').matchAll(/eyJ[\w-]+\.(eyJ[\w-]+)\.[\w-]{86}/g)) {
    const [, key] = /"agent":"([\w-]{43})"/.exec(Buffer.from(body, 'base64url').toString()) ?? []
    if (key !== undefined) return key
  }
  throw new Error('no join was kept')
}
