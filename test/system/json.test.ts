// What `--json` prints has the fields that docs/operating.md names, and no others: scripts rely on them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { operatorIdentity } from '../../console/people.ts'
import { world } from '../world.ts'

/** The fields that the row of `command` names, less those of the objects inside. */
function documented(command: string): string[] {
  const section = /^## --json\n(.*?)^## /ms.exec(readFileSync('docs/operating.md', 'utf8'))?.[1] ?? ''
  const row =
    section.split('\n').find((line) => (line.split(' | ')[0] ?? '').includes(`\`${command}\``)) ?? ''
  const fields = (row.split(' | ')[1] ?? '').replace(/\([^)]*\)/g, '')
  return [...fields.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)
}

t.test('--json', async (t) => {
  const w = await world(t, 'web-1')
  await w.ok(['set', 'web', 'web-*'])
  const bob = join(w.folder, 'bob')
  const commands: Readonly<Record<string, readonly string[]>> = {
    init: ['--home', join(w.folder, 'another'), 'init', '--no-passphrase', '--json'],
    // Before another is made: one a line.
    'token ls': ['token', 'ls', '--json'],
    'token new': ['token', 'new', '--json'],
    'machine ls': ['machine', 'ls', 'web-1', '--json'],
    'fleet show': ['fleet', 'show', '--json'],
    'set ls': ['set', 'ls', '--json'],
    login: [
      '--home',
      bob,
      '--relay',
      `${w.url}#${w.fleet}`,
      ...'login --name bob --no-passphrase --json'.split(' '),
    ],
    'operator add': ['operator', 'add', 'eve', operatorIdentity().public, '--role', 'viewer', '--json'],
    'operator token': ['operator', 'token', 'ci', '--role', 'viewer', '--json'],
    'operator revoke': ['operator', 'revoke', 'eve', '--yes', '--json'],
    config: ['config', '--json'],
    facts: ['facts', 'web-1', '--json'],
    ping: ['ping', 'web-1', '--json'],
    history: ['history', 'web-1', '--action', 'facts', '--json'],
    'audit verify': ['audit', 'verify', '--json'],
    cp: ['cp', '/etc/hostname', `web-1:${w.folder}/name`, '--json'],
    top: ['top', 'web-1', '--once', '--json'],
    show: ['show', 'web-1', '--json'],
    ps: ['ps', 'web-1', '-n', '1', '--json'],
    disks: ['disks', 'web-1', '--json'],
    runs: ['runs', '--on', 'web-1', '--json'],
    disconnect: ['disconnect', 'web-1', '--json'],
    reset: ['reset', 'web-1', '--json'],
    // After the reset, so that there is someone who caused it.
    ls: ['ls', 'web-1', '--json'],
    freeze: ['freeze', 'web-1', '--json'],
    unfreeze: ['unfreeze', 'web-1', '--json'],
    kill: ['kill', 'web-1', '--yes', '--json'],
  }
  // One that has a cause.
  await w.rconsole(['run', 'web-1', '--timeout', '50ms', '--', 'sleep', '5'])
  for (const [name, args] of Object.entries(commands)) {
    const lines = (await w.ok(args)).split('\n')
    t.equal(lines.length, 2, `${name}: one object on one line`)
    const fields: object = JSON.parse(lines[0] ?? '')
    t.strictSame(Object.keys(fields).toSorted(), documented(name).toSorted(), name)
  }
})

t.test('--json of a run on many machines', async (t) => {
  const w = await world(t, 'web-1')
  for (const extra of [[], ['--by', 'host']]) {
    const lines = await w.ok(['run', 'web-1', '--json', ...extra, '--', 'echo', 'hi'])
    const events = lines
      .trim()
      .split('\n')
      .map((line): Record<string, unknown> => JSON.parse(line))
    for (const event of events) {
      const names = documented(`run\` event \`${String(event['event'])}`)
      // One of the two: what was printed is text here.
      t.strictSame(Object.keys(event).toSorted(), names.filter((name) => name !== 'base64').toSorted())
    }
    const kinds = new Set(events.map(({ event }) => event))
    t.strictSame([...kinds], ['start', 'state', extra.length > 0 ? 'output' : 'group', 'end'])
  }
})
