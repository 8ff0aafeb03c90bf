// Serves action `processes`: the first N by cpu, memory or number, with their shares since the listing before.
import { readFile } from 'node:fs/promises'
import type { OutputOf, RequestOf } from '../../protocol/actions/index.ts'
import type { Handler } from '../handler.ts'
import { parts } from '../parts.ts'
import { type Process, readArguments, readProcesses, readUser } from '../proc/processes.ts'
import { cut } from '../proc/read.ts'
import { constants } from '../proc/system.ts'
import { userNames } from '../proc/users.ts'
import { FIRST_MS, Ticks } from '../tick.ts'
import { needLinux } from '../unsupported.ts'

type Request = RequestOf<'processes'>
type Output = OutputOf<'processes'>
type Row = Output['processes'][number]
type Total = NonNullable<Output['total']>

/** A process with its share of one core between two listings (percent). */
interface Measured extends Process {
  readonly cpu: number
}

export const processes: Handler<'processes'> = async function* (request, { signal }) {
  needLinux('processes')
  const ticks = new Ticks(request.every ?? FIRST_MS, signal)
  let before = await take()
  do {
    await ticks.next()
    const after = await take()
    const { rows, total } = await listing(request, measured(before, after))
    before = after
    for (const [index, part, { length }] of numbered(parts(rows)))
      yield { processes: part, ...(index === length - 1 && { total }) }
  } while (request.every !== undefined)
  return {}
}

interface Taken {
  readonly clock: number
  readonly all: readonly Process[]
}

async function take(): Promise<Taken> {
  const all = await readProcesses()
  return { clock: performance.now(), all }
}

function measured(before: Taken, after: Taken): Measured[] {
  const { hertz } = constants()
  const seconds = (after.clock - before.clock) / 1000
  const known = new Map(before.all.map((one) => [keyOf(one), one.ticks]))
  return after.all.map((one) => {
    // A process that began in between has used all that it ever used.
    const used = Math.max(0, one.ticks - (known.get(keyOf(one)) ?? 0)) / hertz
    return { ...one, cpu: seconds > 0 ? Math.round((1000 * used) / seconds) / 10 : 0 }
  })
}

async function listing(request: Request, all: readonly Measured[]): Promise<{ rows: Row[]; total: Total }> {
  const describe = await describer(request)
  const wanted = all.filter(({ pid }) => request.pid === undefined || pid === request.pid)
  const { filter } = request
  // Only a filter needs to look at more than is shown.
  const matching = filter === undefined ? wanted : wanted.filter((one) => matches(describe(one), filter))
  const shown = matching.toSorted(ORDERS[request.sort]).slice(0, request.limit)
  return {
    rows: shown.flatMap((one) => describe(one) ?? []),
    total: {
      all: all.length,
      matched: matching.length,
      threads: all.reduce((sum, { threads }) => sum + threads, 0),
      running: countOf(all, 'R'),
      stopped: countOf(all, 'T') + countOf(all, 't'),
      zombie: countOf(all, 'Z'),
    },
  }
}

const ORDERS: Readonly<Record<Request['sort'], (one: Measured, other: Measured) => number>> = {
  cpu: (one, other) => other.cpu - one.cpu || other.ticks - one.ticks || one.pid - other.pid,
  memory: (one, other) => other.pages - one.pages || one.pid - other.pid,
  pid: (one, other) => one.pid - other.pid,
}

/** How to describe one process; undefined if it ended meanwhile. */
async function describer({ args: most }: Request): Promise<(one: Measured) => Row | undefined> {
  const { page, hertz } = constants()
  const [uptime, nameOf] = await Promise.all([
    readFile('/proc/uptime', 'latin1').then(parseFloat),
    userNames(),
  ])
  return ({ pid, ppid, start, state, cpu, ticks, pages, threads, name }) => {
    const uid = readUser(pid)
    if (uid === undefined) return undefined
    return {
      pid,
      ppid,
      start,
      age: Math.max(0, Math.round(uptime - start / hertz)),
      user: cut(nameOf(uid), 256),
      state,
      cpu,
      time: ticks / hertz,
      rss: pages * page,
      threads,
      name: cut(name, 256),
      ...(most !== undefined && { args: cut(readArguments(pid, most), most) }),
    }
  }
}

function matches(row: Row | undefined, filter: string): boolean {
  if (row === undefined) return false
  const wanted = filter.toLowerCase()
  return [row.name, row.user, row.args ?? ''].some((text) => text.toLowerCase().includes(wanted))
}

function countOf(all: readonly Process[], letter: string): number {
  return all.filter(({ state }) => state === letter).length
}

function numbered<T>(list: readonly T[]): (readonly [number, T, readonly T[]])[] {
  return list.map((item, index) => [index, item, list])
}

const keyOf = ({ pid, start }: Process): string => `${pid}:${start}`
