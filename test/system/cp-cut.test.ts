// Copies whose console, agent or relay is killed in the middle: each goes on, and none is sent all again.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { noise } from '../noise.ts'
import { until } from '../until.ts'
import { type Running, world } from '../world.ts'

const MiB = 1024 * 1024
/** What is cut, and what goes there and back whole; `npm run soak -- files`: 200 and 500. */
const SIZE_MIB = Number(process.env['RCONSOLE_CUT_MIB'] ?? 32)
const WHOLE_MIB = Number(process.env['RCONSOLE_WHOLE_MIB'] ?? 8)

void t.test(`${WHOLE_MIB} MiB go there and come back identical`, async (t) => {
  const w = await world(t, 'web-1')
  const [here, there, back] = ['here', 'there', 'back'].map((name) => join(w.folder, name))
  if (here === undefined || there === undefined || back === undefined) throw new Error('three names')
  writeFileSync(here, noise(WHOLE_MIB * MiB))
  for (const args of [
    [here, `web-1:${there}`],
    [`web-1:${there}`, back],
  ]) {
    const { bytes, ms } = JSON.parse(await w.ok(['cp', '--json', ...args]))
    t.equal(bytes, WHOLE_MIB * MiB)
    t.comment(`${(bytes / MiB / (ms / 1000)).toFixed(0)} MiB/s`)
  }
  t.ok(readFileSync(here).equals(readFileSync(there)))
  t.ok(readFileSync(here).equals(readFileSync(back)))
})

void t.test(
  'killed in the middle, console, agent or relay, it goes on without sending all again',
  async (t) => {
    const w = await world(t, 'web-1')
    const size = SIZE_MIB * MiB
    const here = join(w.folder, 'big')
    writeFileSync(here, noise(size))
    const begun = (folder: string): Promise<void> =>
      until(
        () =>
          readdirSync(folder).some(
            (name) => name.endsWith('.part') && statSync(join(folder, name)).size > size / 2,
          ),
        'half of it',
      )
    const way = (name: string, isPut: boolean): { folder: string; args: string[] } => {
      const folder = join(w.folder, name)
      mkdirSync(folder)
      return {
        folder,
        args: ['cp', '--json', ...(isPut ? [here, `web-1:${folder}/`] : [`web-1:${here}`, folder])],
      }
    }
    const check = (folder: string, stdout: Buffer, what: string, most: number): void => {
      const { bytes, files } = JSON.parse(stdout.toString())
      t.equal(files, 1, what)
      t.ok(bytes < most, `${what}: sent ${bytes} of ${size}`)
      t.comment(`${what}: ${(bytes / MiB).toFixed(0)} MiB after it was cut, of ${size / MiB}`)
      t.ok(readFileSync(join(folder, 'big')).equals(readFileSync(here)), what)
      t.strictSame(readdirSync(folder), ['big'], what)
    }
    for (const isPut of [true, false]) {
      const what = isPut ? 'put' : 'get'
      const console = way(`console-${what}`, isPut)
      const killed = w.start('console', console.args)
      await begun(console.folder)
      await killed.stop('SIGKILL')
      check(console.folder, (await w.rconsole(console.args)).stdout, `console, ${what}`, size / 2 + 1)

      const agent = way(`agent-${what}`, isPut)
      const first = w.start('console', agent.args)
      await begun(agent.folder)
      await w.agents[0]?.stop('SIGKILL')
      const again: Running = await w.startAgent('web-1')
      w.agents[0] = again
      const answer = await first.exit
      t.match(answer.stderr, /waiting for it, to go on/)
      check(agent.folder, answer.stdout, `agent, ${what}`, size + 32 * MiB)

      const relay = way(`relay-${what}`, isPut)
      const second = w.start('console', relay.args)
      await begun(relay.folder)
      await w.relay?.stop('SIGKILL')
      await w.startRelay()
      check(relay.folder, (await second.exit).stdout, `relay, ${what}`, size + 1)
    }
  },
)
