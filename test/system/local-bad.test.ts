// The local door against bad words, and an agent whose token nobody can list any more.
import { readFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../until.ts'
import { world } from '../world.ts'

void t.test('bad words on the socket are answered or cut off, and change nothing', async (t) => {
  const w = await world(t, 'web-1')
  const path = join(w.folder, 'web-1', 'control.sock')
  const say = async (text: string): Promise<string> =>
    await new Promise((resolve) => {
      let answer = ''
      const socket = createConnection(path, () => socket.write(text))
      socket.on('data', (data: Buffer) => (answer += data.toString()))
      socket.on('error', () => undefined)
      socket.on('close', () => resolve(answer))
    })
  t.match(await say('{"ask":"full"}\n'), /"code":"INVALID_MESSAGE"/)
  t.match(await say('{\n'), /"error"/)
  t.match(await say('{"ask":"status","more":1}\n'), /"code":"INVALID_MESSAGE"/)
  t.equal(await say('x'.repeat(100_000)), '')
  t.equal((await w.machine('web-1'))['state'], 'online')
})

void t.test('children and /proc see no token of ours', async (t) => {
  const w = await world(t)
  const token = await w.token()
  const agent = w.start('agent', ['--relay', w.url, '--name', 'web-1', '--home', join(w.folder, 'web-1')], {
    RAGENT_TOKEN: token,
    RAGENT_RELAY: w.url,
    RCONSOLE_PASSPHRASE: 'a-passphrase-of-ours',
  })
  await until(() => agent.bytes > 0, 'it is up', 30_000)
  if (process.platform === 'linux') {
    const environ = readFileSync(`/proc/${agent.child.pid}/environ`, 'latin1')
    t.match(environ, /RAGENT_TOKEN=x+\0/)
    t.notMatch(environ, token)
  }
  const names = (await w.ok(['run', 'web-1', '--', 'env']))
    .split('\n')
    .filter((line) => /^(?:RAGENT|RCONSOLE)_/.test(line))
  t.equal(names.length, 1, names.join())
  t.match(names[0], /^RAGENT_RUN=/)
})
