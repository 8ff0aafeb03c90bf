// Kill -9 of console, relay or agent at random points of runs: never run twice, states true, output as it was printed.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { until } from '../until.ts'
import { processesWith, type World, world } from '../world.ts'

const RUNS = Number(process.env['RCONSOLE_RUNS'] ?? 6)
const SEED = Number(process.env['RCONSOLE_SEED'] ?? 4)
/** The latest that something is killed after its run is about to be asked for (ms): most runs are over by then. */
const LATEST_MS = 500
const BACK_MS = 60_000
const BODY = Array.from({ length: 2_000 }, (_, index) => `line ${index}\n`).join('')

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

t.test(`kill -9 at ${RUNS} random points (seed ${SEED})`, async (t) => {
  const next = random(SEED)
  const w = await world(t, 'web-1')
  let [agent] = w.agents
  const effects = join(w.folder, 'effects')
  const seen: Record<string, number> = {}
  for (let number = 0; number < RUNS; number++) {
    const victim = (['console', 'relay', 'agent'] as const)[Math.floor(next() * 3)] ?? 'agent'
    const after = next() * LATEST_MS
    const about = `run ${number}: ${victim} after ${Math.round(after)} ms`
    const mark = `effect-${number}.`
    const line = `echo ${mark} >> ${effects}; i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done; sleep 0.1; exit 7`
    const console = w.start('console', ['run', 'web-1', '-c', line])
    console.child.stdin?.end()
    await until(() => idOf(w, mark) !== undefined, 'it is asked for')
    await delay(after)
    if (victim === 'relay') {
      await w.relay?.stop('SIGKILL')
      await w.startRelay()
    } else if (victim === 'agent') {
      await agent?.stop('SIGKILL')
      // What is killed here has not crashed again and again.
      rmSync(join(w.folder, 'web-1', 'crashes.json'))
      agent = await w.startAgent('web-1')
    }
    await console.stop('SIGKILL')
    await until(async () => (await w.machine('web-1'))['state'] === 'online', 'it is back', BACK_MS)
    const id = idOf(w, mark) ?? ''
    const attached = await w.rconsole(['attach', id, 'web-1'])
    const { state, code } = JSON.parse(await w.ok(['runs', id, '--json']))
    seen[`${victim}: ${state}`] = (seen[`${victim}: ${state}`] ?? 0) + 1
    const times = count(effects, mark)
    const body = attached.stdout.toString()
    t.ok(BODY.startsWith(console.stdout.toString()), `${about}: what was seen is what was printed`)
    if (state === 'done') {
      t.strictSame(
        { times, code, status: attached.status, body: body === BODY },
        { times: 1, code: 7, status: 7, body: true },
        about,
      )
    } else if (state === 'lost') {
      t.strictSame({ times, body }, { times: 0, body: '' }, about)
    } else {
      t.equal(state, 'interrupted', about)
      t.ok(times <= 1 && BODY.startsWith(body), about)
    }
    await until(async () => (await processesWith(mark)).length === 0, `${about}: nothing is left`, BACK_MS)
  }
  t.comment(JSON.stringify(seen))
  const lines = existsSync(effects) ? readFileSync(effects, 'utf8').split('\n').slice(0, -1) : []
  t.equal(new Set(lines).size, lines.length, 'no effect came twice')
})

function idOf(w: World, mark: string): string | undefined {
  const path = join(w.home, 'runs.jsonl')
  if (!existsSync(path)) return undefined
  const noted = readFileSync(path, 'utf8')
    .split('\n')
    .find((line) => line.includes(`${mark} >>`))
  return noted === undefined ? undefined : JSON.parse(noted).id
}

function count(path: string, mark: string): number {
  return existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line === mark).length
    : 0
}
