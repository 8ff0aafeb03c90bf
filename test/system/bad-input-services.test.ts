// Bad input to ragent and rrelay: one clear line on stderr and the right status, never a stack trace.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { refused } from '../refused.ts'
import { until } from '../until.ts'
import { World, world } from '../world.ts'

t.test('ragent', async (t) => {
  const w = await world(t)
  const other = new World(t)
  await other.init()
  await other.startRelay()
  const [token, foreign, used, brief] = [
    await w.token(),
    await other.token(),
    await w.token('--max', '1'),
    await w.token('--ttl', '1ms'),
  ]
  const at = (name: string, ...args: string[]): string[] => [
    '--relay',
    w.url,
    '--name',
    'm',
    '--home',
    join(w.folder, name),
    ...args,
  ]
  const agent = await w.startAgent('used', used)
  const damagedToken = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`
  const expired = /the token ran out at .*: ask an admin for a new one/
  await until(async () => (await joined(brief)) === 'TOKEN_EXPIRED', 'the brief token is over')

  await refused(t, w, 'agent', [
    ['no token', at('a'), 78, /has not joined a fleet: give it a token/],
    ['damaged token', at('a', '--token', damagedToken), 78, /the token is damaged/],
    ['no token at all', at('a', '--token', 'hello'), 78, /the token is damaged/],
    ['empty token from stdin', at('a', '--token', '-'), 78, /the token is damaged/],
    ['token of another fleet', at('a', '--token', foreign), 78, /fleet/],
    ['token used up', at('a', '--token', used), 78, /the token was good for 1 machines, all used/],
    ['token expired', at('a', '--token', brief), 78, expired],
    ['token file not there', at('a', '--token-file', '/no/such'), 2, /cannot read \/no\/such: ENOENT/],
    ['home in use', at('used'), 78, new RegExp(`another ragent \\(pid ${agent.child.pid}\\) uses`)],
    ['home not a folder', ['--relay', w.url, '--home', '/dev/null'], 78, /cannot use the folder/],
    ['bad name', at('a', '--name', 'a b'), 2, /--name: expected/],
    ['bad mode', at('a', '--mode', 'root'), 2, /--mode: expected/],
    ['unknown flag', at('a', '--frob'), 2, /unknown option '--frob'/],
    ['an argument too many', at('a', 'frob'), 2, /too many arguments|unknown command/],
    ['no relay', ['--home', join(w.folder, 'a')], 2, /--relay: expected the URL/],
    ['wrong URL', ['--relay', 'x', '--home', join(w.folder, 'a')], 2, /expected a relay URL/],
    ['not encrypted', ['--relay', 'http://192.0.2.1'], 2, /is not encrypted/],
    ['relay not there', at('a', '--relay', 'http://127.0.0.1:1', '--token', token), 1, /ECONNREFUSED/],
  ])

  await agent.stop()
  const key = join(w.folder, 'used', 'agent.json')
  chmodSync(key, 0o640)
  await refused(t, w, 'agent', [['wide key', at('used'), 78, /is open to others \(mode 640\)/]])
  chmodSync(key, 0o600)
  const kept = w.read('used', 'agent.json')
  for (const text of ['', '{', '{}', kept.replace(/"seed":"./, '"seed":"')]) {
    writeFileSync(key, text)
    await refused(t, w, 'agent', [
      ['damaged key', at('used', '--token', token), 78, /agent\.json is damaged/],
    ])
  }
  writeFileSync(key, kept.replace(/"machine":"./, '"machine":"-'))
  await refused(t, w, 'agent', [['key of another machine', at('used'), 78, /belongs to another machine/]])
  writeFileSync(key, kept)
  writeFileSync(join(w.folder, 'used', 'fleet.jws'), 'a.b.c')
  await refused(t, w, 'agent', [['damaged document', at('used'), 78, /fleet\.jws is damaged/]])

  /** Under which code the relay refuses a machine with this token; undefined when it takes it. */
  async function joined(token: string): Promise<string | undefined> {
    try {
      await w.enrol(token, 'probe')
      return undefined
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    }
  }
})

t.test('rrelay', async (t) => {
  const w = await world(t)
  const other = new World(t)
  await other.init()
  const data = join(w.folder, 'data')
  const at = (...args: string[]): string[] => ['--fleet', w.fleet, '--port', '0', '--data', data, ...args]
  const port = new URL(w.url).port
  await refused(t, w, 'relay', [
    ['port in use', at('--port', port), 98, new RegExp(`port ${port} on 127.0.0.1 is in use`)],
    ['no fleet', ['--port', '0'], 2, /--fleet: expected the 20 characters/],
    ['bad fleet', at('--fleet', 'x'), 2, /--fleet: expected/],
    ['bad port', at('--port', 'http'), 2, /--port: expected 0 to 65535/],
    ['port too high', at('--port', '65536'), 2, /--port: expected 0 to 65535/],
    ['unknown flag', at('--frob'), 2, /unknown option/],
    ['an argument too many', at('frob'), 2, /too many arguments|unknown command/],
    ['an address that is not here', at('--host', '192.0.2.1'), 2, /cannot listen on 192\.0\.2\.1/],
    ['data below a file', at('--data', '/dev/null/x'), 78, /--data: cannot make .*ENOTDIR/],
  ])

  await w.relay?.stop()
  const served = join(w.folder, 'relay')
  await refused(t, w, 'relay', [
    ['data of another fleet', at('--data', served, '--fleet', other.fleet), 78, /fleet/],
  ])
  for (const name of ['grants.jsonl', 'joins.jsonl', 'machines.jsonl', 'seen.jsonl']) {
    const folder = join(w.folder, name)
    mkdirSync(folder)
    writeFileSync(join(folder, name), 'junk\n')
    await refused(t, w, 'relay', [
      [`damaged ${name}`, at('--data', folder), 78, /:1: expected a line written by this relay/],
    ])
  }
  writeFileSync(join(w.folder, 'joins.jsonl', 'joins.jsonl'), '["AAAAAAAAAAAAAAAAAAAA","a.b.c"]\n')
  writeFileSync(join(w.folder, 'grants.jsonl', 'fleet.jws'), 'junk')
  mkdirSync(join(w.folder, 'seen.jsonl', 'fleet.jws'))
  await refused(t, w, 'relay', [
    ['damaged join', at('--data', join(w.folder, 'joins.jsonl')), 78, /statements about A+ are damaged/],
    ['damaged document', at('--data', join(w.folder, 'grants.jsonl')), 78, /fleet\.jws is damaged/],
    ['a folder for a file', at('--data', join(w.folder, 'seen.jsonl')), 78, /cannot read .*EISDIR/],
  ])
})
