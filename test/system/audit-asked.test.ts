// What a console asked against what a machine has receipts for; and a machine that cannot write any.
import { cpSync, existsSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Dropper } from '../dropper.ts'
import { broken, receiptsOf, whole } from '../tamper.ts'
import { until } from '../until.ts'
import { world } from '../world.ts'

t.test(
  'a run that the relay drops, and a key that is used elsewhere, show; a full disk stops what cannot be recorded',
  async (t) => {
    const w = await world(t, 'web-1')
    await w.ok(['run', 'web-1', '--', 'true'])
    await whole(t, w)

    const dropper = await Dropper.on(Number(new URL(w.url).port))
    t.teardown(() => dropper.close())
    const hidden = w.start('console', ['run', 'web-1', '--', 'true'], { RCONSOLE_RELAY: dropper.url })
    await until(() => dropper.dropped > 0, 'the run leaves the console')
    await hidden.stop()
    t.match(
      await broken(t, w),
      /web-1: receipt \d+ dropped: the run that this console asked for .* never arrived/,
    )
    await w.rconsole(['audit', 'verify', '--accept'])
    await whole(t, w)

    const thief = join(w.folder, 'thief')
    cpSync(w.home, thief, { recursive: true })
    await w.ok(['--home', thief, 'run', 'web-1', '--', 'true'])
    t.match(await broken(t, w), /web-1: receipt \d+ not mine: this console never asked for that run/)

    const [agent] = w.agents
    await agent?.stop()
    if (!existsSync('/dev/full')) return
    const path = receiptsOf(w, 'web-1')
    rmSync(path)
    symlinkSync('/dev/full', path)
    await w.startAgent('web-1')
    const { status, stderr } = await w.rconsole(['run', 'web-1', '--', 'touch', join(w.folder, 'ran')])
    t.equal(status, 255)
    t.match(stderr, /cannot write its receipts, and does nothing unrecorded/)
    t.notOk(existsSync(join(w.folder, 'ran')))
    await w.ok(['ping', 'web-1'])
  },
)
