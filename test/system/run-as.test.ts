// Programs as another user than the agent's own: who they are, and that nobody can act before the user has changed.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { agentWith, isRoot, memberOfMore } from '../policy-world.ts'
import { world } from '../world.ts'

void t.test(
  'runAs: another user with all their groups, in a run and in a shell',
  { skip: !isRoot && 'not root' },
  async (t) => {
    const w = await world(t)
    const user = memberOfMore()
    const { execa } = await import('execa')
    const { stdout: expected } = await execa('id', [user])
    await agentWith(w, 'web-1', { mode: 'full', runAs: user, limits: { nice: 3 } })
    t.equal(await w.ok(['run', 'web-1', '--', 'id']), `${expected}\n`)
    t.equal(
      await w.ok(['run', 'web-1', '-c', 'echo $USER $LOGNAME; test "$HOME" = ~ && nice']),
      `${user} ${user}\n3\n`,
    )
    t.equal(
      await w.ok(['run', 'web-1', '-e', 'A=b c', '--', 'sh', '-c', 'echo "$A"; id -un']),
      `b c\n${user}\n`,
    )
    const shell = await w.rconsole(['shell', 'web-1', '--shell', '/bin/sh'], {
      input: 'id; echo $USER >$(tty); exit 7\n',
    })
    t.equal(shell.status, 7)
    t.match(shell.stdout.toString(), expected)
    t.match(shell.stdout.toString(), new RegExp(`\n${user}\r`), 'the terminal is theirs')
    t.equal((await w.machine('web-1'))['policy'], 'full')
    t.match(await w.ok(['ls', 'web-1']), new RegExp(`full as ${user}`))

    await t.test(
      'nothing that an operator sets or brings is obeyed before the user has changed',
      async (t) => {
        const trap = join(w.folder, 'trap')
        mkdirSync(trap)
        const sprung = join(w.folder, 'sprung')
        for (const name of ['setpriv', 'nice', 'env'])
          writeFileSync(join(trap, name), `#!/bin/sh\nid -u >> ${sprung}\n`, { mode: 0o755 })
        await w.rconsole([
          'run',
          'web-1',
          '-e',
          `PATH=${trap}:/usr/bin:/bin`,
          '--cwd',
          trap,
          '--',
          'id',
          '-u',
        ])
        await w.rconsole(['run', 'web-1', '-e', `LD_PRELOAD=${trap}/x.so`, '--', 'id', '-u'])
        t.notOk(existsSync(sprung))
        const { stderr } = await w.rconsole([
          'run',
          'web-1',
          '-e',
          'LD_PRELOAD=/no/x.so',
          '--',
          'sh',
          '-c',
          ':',
        ])
        t.equal(
          stderr.match(/object '\/no\/x\.so'/g)?.length,
          1,
          'the loader meets it once: in the program, not in what goes before',
        )
      },
    )
  },
)
