// Ten thousand machines on the screen: what a frame costs, how soon a key is seen, and what an idle screen writes.
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { Row } from '../../../console/ui/blessed.ts'
import { difference } from '../../../console/ui/differ.ts'
import { Machines } from '../../../console/ui/machines.ts'
import { Canvas } from '../../../console/ui/paint.ts'
import { DEFAULT, Styles } from '../../../console/ui/style.ts'
import { THEMES } from '../../../console/ui/theme.ts'
import { until } from '../../until.ts'
import { noTmux, Window } from '../../window.ts'
import { FakeFleet, machine, NOW, startUi } from './screen-world.ts'

const MANY = 10_000
const COLUMNS = 160
const ROWS = 45
const FRAMES = 10
const BATCHES = 30
/** How long the whole program is watched in tmux (s): `npm run soak -- screen`. */
const SECONDS = Number(process.env['RCONSOLE_SCREEN_S'] ?? 0)
const PROGRAM = fileURLToPath(new URL('../../fixtures/ui-many.js', import.meta.url))

const named = (at: number): string => `web-${String(at).padStart(5, '0')}`

void t.test('a frame of ten thousand machines that all change costs what its rows cost', async (t) => {
  const fleet = new FakeFleet(Array.from({ length: MANY }, (_, at) => machine(named(at))))
  const styles = new Styles(true)
  const machines = new Machines(fleet, {
    styles,
    theme: () => THEMES.dark,
    now: () => NOW,
    term: 'xterm',
    draw: () => undefined,
  })
  const [lines, shown] = [blank(), blank()]
  const canvas = new Canvas(lines, { xi: 0, xl: COLUMNS, yi: 0, yl: ROWS })
  const costs: number[] = []
  let bytes = 0
  const paint = (): void => {
    machines.refresh()
    machines.table.paint(canvas)
    bytes += difference(lines, shown, styles).length
  }
  paint()
  for (let batch = 0; batch < BATCHES; batch++) {
    fleet.machines = fleet.machines.map((row) => ({
      ...row,
      state: Math.random() < 0.1 ? 'offline' : 'online',
    }))
    machines.changed()
    const begun = performance.now()
    for (let frame = 0; frame < FRAMES; frame++) {
      // Each says something every two seconds, and a screen is painted at most thirty times in one.
      for (const { id } of machines.table.inView)
        if (Math.random() < 1 / 60) fleet.vitals.tell(id, ...Array.from({ length: 30 }, () => load()))
      paint()
    }
    costs.push((performance.now() - begun) / FRAMES)
  }
  machines.close()
  // The least of them is what it costs when nothing else runs on this computer.
  const each = Math.min(...costs)
  t.comment(
    `${MANY} machines, ${COLUMNS}x${ROWS}: ${each.toFixed(2)} ms a frame, ${Math.round(bytes / FRAMES / BATCHES)} bytes`,
  )
  t.ok(each < 10, 'far from what ten thousand rows would cost')
  t.equal(machines.table.inView.length, ROWS - 1)
})

void t.test('a key is seen at once, and nothing is written while nothing changes', async (t) => {
  const { emulator, fleet, ended } = startUi([])
  fleet.set(Array.from({ length: MANY }, (_, at) => machine(named(at))))
  await emulator.shows(/web-00000/)
  const waits: number[] = []
  for (let press = 1; press <= 20; press++) {
    const begun = performance.now()
    emulator.type('j')
    await emulator.shows(new RegExp(`^> {2}${named(press)}`, 'm'))
    waits.push(performance.now() - begun)
    await delay(40)
  }
  waits.sort((one, other) => one - other)
  t.comment(
    `a key is on the screen after ${waits[10]?.toFixed(1)} ms, at most ${waits.at(-1)?.toFixed(1)} ms`,
  )
  const { writes } = emulator
  await delay(1_500)
  t.equal(emulator.writes, writes)
  emulator.type('q')
  t.equal(await ended, 0)
})

const skip = noTmux !== false ? noTmux : SECONDS > 0 ? false : 'a measurement: npm run soak -- screen'

t.test(
  'the whole program in tmux, at rest and with all its machines changing',
  { skip, timeout: 900_000 },
  async (t) => {
    const measured = async (count: number, changing: number) => {
      const window = new Window(t, { columns: COLUMNS, rows: ROWS })
      const file = join(window.folder, `${count}-${changing}`)
      await window.shows(/^ready$/m)
      window.run(`node ${PROGRAM} ${count} ${changing} ${file}`)
      await window.shows(/web-00030/)
      await delay(5_000)
      const [pid] = told(file)
      const [from, begun] = [await used(pid, file), performance.now()]
      await delay(SECONDS * 1000)
      const [to, over] = [await used(pid, file), (performance.now() - begun) / 1000]
      const figures = {
        cpu: (100 * (to.cpu - from.cpu)) / over,
        bytes: to.written - from.written,
        mib: to.mib,
      }
      t.comment(
        `${count} machines, ${changing * 10} changes of state a second: ${figures.cpu.toFixed(1)} % of a core, ` +
          `${Math.round(figures.bytes / over)} bytes/s, ${Math.round(figures.mib)} MiB`,
      )
      window.keys('q')
      return figures
    }
    const kit = await measured(40, 0)
    const idle = await measured(MANY, 0)
    t.equal(idle.bytes, 0, 'an idle screen writes nothing')
    const busy = await measured(MANY, 100)
    t.ok(busy.cpu < 25, `${busy.cpu.toFixed(1)} % of a core`)
    t.ok(busy.mib < 1.5 * kit.mib, `${Math.round(busy.mib)} MiB, without machines ${Math.round(kit.mib)} MiB`)
  },
)

function load(): { cpu: number; mem: number; disk: number } {
  return { cpu: Math.random() * 100, mem: Math.random() * 100, disk: Math.random() * 100 }
}

/** Processor time (s), bytes written to the terminal, and memory of a process. */
async function used(pid: number, file: string): Promise<{ cpu: number; written: number; mib: number }> {
  const [, fields = ''] = /^\d+ \(.*\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
  const [user = 0, system = 0] = fields.split(' ').slice(11, 13).map(Number)
  const kib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  const before = statSync(file).mtimeMs
  process.kill(pid, 'SIGUSR2')
  await until(() => statSync(file).mtimeMs !== before, 'it says what it has written')
  return { cpu: (user + system) / 100, written: told(file)[1], mib: kib / 1024 }
}

/** Its process id and the bytes. */
function told(file: string): [pid: number, written: number] {
  const [pid = 0, written = 0] = readFileSync(file, 'utf8').split(' ').map(Number)
  return [pid, written]
}

function blank(): Row[] {
  return Array.from({ length: ROWS }, () => {
    const cells = Array.from({ length: COLUMNS }, () => [DEFAULT, ' '] satisfies [number, string])
    return Object.assign(cells, { dirty: false })
  })
}
