// `npm run soak -- load`: a crowd of the product's own agents on a real relay for ten minutes: idle, storms, fan-outs, churn, a slow console, a flood.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { RESULTS, writeDocument } from './document.ts'
import { Load } from './load-phases.ts'
import { machine } from './machine.ts'
import { percentile } from './measure.ts'

const { values } = parseArgs({
  options: {
    agents: { type: 'string', default: '10000' },
    minutes: { type: 'string', default: '10' },
    keep: { type: 'boolean', default: false },
  },
})
/** Memory is compared with what it was after this long (ms), and may have grown by this much. */
const WARM_MS = 60_000
const MOST_DRIFT = 1.02

function keep(): void {
  const result = { ...machine(), agents: Number(values.agents), minutes: Number(values.minutes), figures }
  mkdirSync(RESULTS, { recursive: true })
  writeFileSync(join(RESULTS, 'load.json'), `${JSON.stringify(result, undefined, 2)}\n`)
  writeDocument()
}

const load = await Load.start(Number(values.agents))
const failures: string[] = []
const figures: Record<string, number> = {}
function note(name: string, value: number, most = Number.POSITIVE_INFINITY): void {
  figures[name] = Math.round(value * 100) / 100
  console.log(`${name}: ${figures[name]}${value > most ? `, expected at most ${most}` : ''}`)
  if (value > most) failures.push(name)
}

try {
  note('connected, agents/s', await load.connect())
  const idle = await load.idle(10_000)
  note('idle: relay memory, KiB an agent', idle.memory)
  note('idle: relay CPU, µs/s an agent', idle.cpu)
  const slow = await load.slowConsole(10_000)
  note('a slow console: relay grown, MiB', slow, 8)
  const flood = await load.flood()
  note('a flood from one agent: runs on another, p99 ms', percentile(flood, 0.99))

  const begun = performance.now()
  const end = begun + Number(values.minutes) * 60_000
  const memory: { readonly at: number; readonly bytes: number }[] = []
  const runs: number[] = []
  const during: number[] = []
  do {
    runs.push(await load.runOnAll())
    const { seconds, others } = await load.storm()
    note('storm: until all others are back, s', seconds)
    during.push(...others)
    runs.push(await load.runOnAll())
    memory.push({ at: performance.now() - begun, bytes: await load.settledMemory() })
    note('relay memory, MiB', (memory.at(-1)?.bytes ?? 0) / 2 ** 20)
  } while (performance.now() < end)
  note('runs on all, median s', percentile(runs, 0.5) / 1000)
  note('runs on one machine during storms, p99 ms', percentile(during, 0.99), 50)
  const first = memory.find(({ at }) => at >= WARM_MS) ?? memory[0]
  note(
    'memory at the end over memory after a minute',
    (memory.at(-1)?.bytes ?? 0) / (first?.bytes ?? 1),
    MOST_DRIFT,
  )
  note('commands', load.asked)
  note('commands lost or done twice', await load.lost(), 0)
} finally {
  await load.end()
}
if (values.keep) keep()
if (failures.length > 0) {
  console.error(`load: ${failures.join('; ')}`)
  process.exitCode = 1
}
