// Shell completion as it is typed: real shells on a terminal, with the relay gone.
import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { spawn } from '@lydell/node-pty'
import t from 'tap'
import { until } from '../until.ts'
import { world } from '../world.ts'

/** How each is started without anyone's settings, and what it loads. */
const SHELLS = {
  bash: { args: ['--norc', '--noprofile', '-i'], load: 'eval "$(rconsole completion bash)"' },
  zsh: {
    args: ['-f', '-i'],
    load: 'autoload -U compinit; compinit -u -D; eval "$(rconsole completion zsh)"',
  },
  fish: { args: ['--no-config', '-i'], load: 'rconsole completion fish | source' },
} as const

void t.test('machines, labels, sets, runs, commands and flags, without a relay', async (t) => {
  const w = await world(t, 'web-1', 'db-1')
  await w.ok(['ls'])
  await w.ok(['set', 'mine', 'env=test'])
  const run = (await w.ok(['run', 'web-1', '--detach', '--', 'true'])).trim()
  await w.relay?.stop('SIGKILL')
  const program = join(w.folder, 'rconsole')
  writeFileSync(program, `#!/bin/sh\nexec ${process.execPath} ${resolve('dist/console/main.js')} "$@"\n`)
  chmodSync(program, 0o755)

  const words = async (...line: string[]): Promise<string[]> =>
    (await w.ok(['completion', 'words', '--', ...line])).split('\n').map((one) => one.split('\t')[0] ?? '')
  t.strictSame(await words('run', 'env=test', '--ti'), ['--timeout', '--tied', ''])
  t.strictSame(await words('kill', ''), ['db-1', 'web-1', ''], 'machines only')
  t.strictSame(await words('show', 'web-1', ''), [''], 'it takes one')
  t.strictSame(await words('set', 'rm', ''), ['mine', ''])
  t.strictSame(await words('cp', 'w'), ['web-1:', ':files', ''])
  t.strictSame(await words('token', 'new', '--mode', ''), ['diagnose', 'allow', 'full', ''])
  t.match(await w.rconsole(['completion', 'csh']), {
    status: 2,
    stderr: /Allowed choices are bash, zsh, fish/,
  })

  for (const [shell, { args, load }] of Object.entries(SHELLS)) {
    const path = ['/usr/bin', '/bin', '/usr/local/bin', '/opt/homebrew/bin']
      .map((one) => join(one, shell))
      .find(existsSync)
    await t.test(`in ${shell}`, { skip: path === undefined && 'not here' }, async (t) => {
      const terminal = spawn(path ?? '', [...args], {
        cols: 200,
        env: {
          PATH: `${w.folder}:/usr/bin:/bin`,
          HOME: w.folder,
          TERM: 'xterm',
          RCONSOLE_HOME: w.home,
          LC_ALL: 'C',
        },
      })
      t.teardown(() => terminal.kill('SIGKILL'))
      let seen = ''
      terminal.onData((data) => (seen += data))
      const type = async (keys: string, expected: RegExp): Promise<void> => {
        seen = ''
        terminal.write(keys)
        await until(() => expected.test(seen), `${shell}: ${JSON.stringify(keys)}`, 20_000).catch((error) => {
          throw new Error(JSON.stringify(seen), { cause: error })
        })
      }
      // In two parts, so that what is typed is not what is waited for.
      await type(`${load}; echo loa''ded\r`, /loaded/)
      await type('rconsole show we\t', /web-1/)
      await type('\u0015rconsole ls env=t\t', /env=test|\best\b/)
      await type('\u0015rconsole run @mi\t', /mine/)
      await type(`\u0015rconsole attach ${run.slice(0, 4)}\t`, new RegExp(run.slice(4)))
      t.pass('completed')
    })
  }
})
