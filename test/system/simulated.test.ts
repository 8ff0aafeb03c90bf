// One run on very many machines: the product's own agents, only their programs replaced; `npm run soak -- tenthousand`.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { MiB } from '../../protocol/limits.ts'
import { firstLine, type Running, world } from '../world.ts'

const AGENTS = Number(process.env['RCONSOLE_AGENTS'] ?? 60)
/** Agents of one process: the rest of them start in others. */
const EACH = 2_500
const KINDS = 3

interface Figures {
  readonly events: readonly Record<string, unknown>[]
  readonly startMs: number
  readonly firstMs: number
  readonly wallMs: number
  readonly peak: number
}

t.test(`one run on ${AGENTS} machines`, { timeout: 1_500_000 }, async (t) => {
  const w = await world(t)
  const token = await w.token('--max', String(AGENTS), '--label', 'env=sim')
  const started: Running[] = []
  for (let first = 0; first < AGENTS; first += EACH) {
    const count = Math.min(EACH, AGENTS - first)
    started.push(w.simulate([w.url, w.folder, String(first), String(count), String(KINDS)], token))
  }
  for (const running of started) await firstLine(running, 1_200_000)

  const measured = async (...program: string[]): Promise<Figures> => {
    const begun = performance.now()
    const running = w.start('console', [
      'run',
      '@all',
      '--json',
      '--expect',
      String(AGENTS),
      '--',
      ...program,
    ])
    const at: Record<string, number> = {}
    let peak = 0
    while (!running.isOver) {
      peak = Math.max(peak, peakBytes(running.child.pid ?? 0))
      const text = running.stdout.toString()
      for (const word of ['"event":"start"', '"state":"done"'])
        if (text.includes(word)) at[word] ??= performance.now() - begun
      await delay(AGENTS > 1_000 ? 50 : 5)
    }
    const { stdout, stderr } = await running.exit
    t.match(stderr, new RegExp(`^rconsole: ${AGENTS} of ${AGENTS} machines: exit 0`), stderr.slice(0, 500))
    const events = stdout
      .toString()
      .trim()
      .split('\n')
      .map((line): Record<string, unknown> => JSON.parse(line))
    const startMs = at['"event":"start"'] ?? Number.NaN
    const figures = {
      events,
      startMs,
      firstMs: (at['"state":"done"'] ?? Number.NaN) - startMs,
      wallMs: performance.now() - begun,
      peak,
    }
    t.comment(
      `${program[0] ?? ''}: verified ${seconds(startMs)}, first answer ${seconds(figures.firstMs)} later, ` +
        `all ${seconds(figures.wallMs)}, console at most ${Math.round(peak / MiB)} MiB`,
    )
    return figures
  }

  await measured('true')
  const { events, peak } = await measured('cat', 'file')
  const groups = events.filter(({ event }) => event === 'group')
  t.equal(groups.length, Math.min(KINDS, Math.ceil(AGENTS / 100)), 'as many groups as kinds')
  const sizes = groups.map(({ machines }) => (Array.isArray(machines) ? machines.length : 0))
  t.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    AGENTS,
    'every machine is in one of them',
  )
  t.ok(
    groups.every(({ verified }) => verified === true),
    'each body is what its digest says',
  )
  t.ok(peak < (200 + AGENTS * 0.06) * MiB, `the console held ${Math.round(peak / MiB)} MiB`)
})

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`

/** The most that a process has held, by the kernel's count; 0 once it is gone. */
function peakBytes(pid: number): number {
  try {
    return (
      Number(
        /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(resolve('/proc', String(pid), 'status'), 'utf8'))?.[1] ?? 0,
      ) * 1024
    )
  } catch {
    return 0
  }
}
