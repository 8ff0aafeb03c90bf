// rconsole top: what machines are doing, again and again: one machine with its processes, several as a table.
import { Command as Parser } from 'commander'
import { LEAST_TICK_MS, METRICS } from '../../protocol/actions/metrics.ts'
import { clean } from '../../protocol/clean.ts'
import { RconsoleError } from '../../protocol/errors.ts'
import type { Client } from '../client.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { failureOf, inTurns, withMachines } from '../gather.ts'
import { type Io, write, writeJson } from '../io.ts'
import { LiveScreen } from '../live-screen.ts'
import type { Machine } from '../machine.ts'
import { type Metrics, METRICS_HEAD, metricsCells, metricsLines } from '../metrics.ts'
import { argumentsFor, type Process, PROCESSES } from '../processes.ts'
import { columns } from '../table.ts'
import { parseDuration } from '../units.ts'
import { pick } from '../words.ts'

interface Flags {
  readonly every: string
  readonly sort: string
  readonly once?: true
  readonly json?: true
}

/** What a machine may send ahead (bytes): a value or two, so that what is shown is never old. */
const CREDIT = 4096
/** More than any terminal has lines for. */
const SHOWN_PROCESSES = 100

/** What is known of one machine. */
interface Known {
  readonly machine: Machine
  metrics?: Metrics
  processes?: readonly Process[]
  failure?: string
}

export const top: Command = {
  name: 'top',
  uses: ['metrics', 'processes'],
  build: (act) =>
    new Parser('top')
      .description('watch what machines are doing (q leaves); once, without a terminal')
      .argument('<target...>', 'machines, as for ls')
      .option('--every <time>', 'how often', '2s')
      .option('--sort <key>', 'processes by cpu or mem', 'cpu')
      .option('--once', 'show it once')
      .option('--json', 'print one JSON object each time and machine; without --once until interrupted')
      .action((targets: string[], flags: Flags, parser: Parser) =>
        act(parser, (context) => watch(context, targets, flags)),
      ),
}

interface Asked {
  readonly every: number
  readonly sort: 'cpu' | 'memory'
  readonly isOnce: boolean
  readonly args: { readonly args?: number }
}

async function watch(context: Context, targets: readonly string[], flags: Flags): Promise<number> {
  const { io } = context
  const every = parseDuration('--every', flags.every, 3_600_000)
  if (every < LEAST_TICK_MS)
    throw new RconsoleError('USAGE', `--every: expected at least ${LEAST_TICK_MS}ms, got ${flags.every}`)
  const isLive = io.stdout.isTTY === true && flags.once !== true && flags.json !== true
  const asked: Asked = {
    every,
    sort: pick('--sort', flags.sort, ['cpu', 'mem']) === 'mem' ? 'memory' : 'cpu',
    isOnce: flags.once === true || (!isLive && flags.json !== true),
    args: await argumentsFor(context),
  }
  return await withMachines(context, targets, async (client, machines) => {
    machines.sort((one, other) => one.name.localeCompare(other.name))
    if (flags.json === true) return await print(io, client, machines, asked)
    const all = machines.map((machine): Known => ({ machine }))
    return isLive ? await live(io, client, all, asked) : await once(io, client, all, asked)
  })
}

async function print(io: Io, client: Client, machines: readonly Machine[], asked: Asked): Promise<number> {
  const failed = await inTurns(
    io,
    machines,
    async (machine) => {
      for await (const value of metricsOf(client, machine, asked, io.signal))
        await writeJson(io, { id: machine.id, name: machine.name, ...value })
    },
    machines.length,
  )
  return failed > 0 ? 1 : 0
}

async function once(io: Io, client: Client, all: readonly Known[], asked: Asked): Promise<number> {
  const machines = all.map(({ machine }) => machine)
  const failed = await inTurns(io, machines, async (machine) => {
    const known = all.find((one) => one.machine === machine)
    if (known !== undefined)
      await follow(client, known, asked, { isOnly: all.length === 1, signal: io.signal })
  })
  const answered = all.filter(({ metrics }) => metrics !== undefined)
  if (answered.length > 0) await write(io.stdout, `${page(answered, all.length > 1).join('\n')}\n`, io.signal)
  return failed > 0 ? 1 : 0
}

async function live(io: Io, client: Client, all: readonly Known[], asked: Asked): Promise<number> {
  const screen = new LiveScreen(io, () => page(all, all.length > 1))
  const signal = AbortSignal.any([screen.left, io.signal])
  const changed = (): void => screen.changed()
  const followed = all.map(async (known) => {
    try {
      await follow(client, known, asked, { isOnly: all.length === 1, signal, changed })
    } catch (error) {
      if (all.length === 1) throw error
      known.failure = failureOf(known.machine, error)
      changed()
    }
  })
  try {
    // Who leaves waits for no machine; closing the connection ends what is under way.
    await Promise.race([aborted(signal), Promise.all([...followed, aborted(signal)])])
  } finally {
    await screen.close()
  }
  return all.some(({ failure }) => failure !== undefined) ? 1 : 0
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

interface Follow {
  readonly isOnly: boolean
  readonly signal: AbortSignal
  readonly changed?: () => void
}

/** Keep `known` up to date until its streams end. */
async function follow(
  client: Client,
  known: Known,
  asked: Asked,
  { isOnly, signal, changed }: Follow,
): Promise<void> {
  const processes = async (): Promise<void> => {
    for await (const value of processesOf(client, known.machine, asked, signal)) {
      known.processes = value
      changed?.()
    }
  }
  const metrics = async (): Promise<void> => {
    for await (const value of metricsOf(client, known.machine, asked, signal)) {
      known.metrics = value
      changed?.()
    }
  }
  await Promise.all([metrics(), ...(isOnly ? [processes()] : [])])
}

function metricsOf(client: Client, machine: Machine, { every, isOnce }: Asked, signal: AbortSignal) {
  const request = { every, fields: [...METRICS], ...(isOnce ? { count: 1 } : {}) }
  return client.call(machine, 'metrics', request, { signal, credit: CREDIT })
}

/** Whole listings, put together from their parts. */
async function* processesOf(
  client: Client,
  machine: Machine,
  { every, sort, isOnce, args }: Asked,
  signal: AbortSignal,
): AsyncGenerator<readonly Process[], void, void> {
  const request = { sort, limit: SHOWN_PROCESSES, ...args, ...(isOnce ? {} : { every }) }
  let rows: Process[] = []
  for await (const { processes, total } of client.call(machine, 'processes', request, {
    signal,
    credit: CREDIT,
  })) {
    rows.push(...processes)
    if (total === undefined) continue
    yield rows
    rows = []
  }
}

/** What is known, as clean lines. */
function page(all: readonly Known[], isMany: boolean): string[] {
  const [only] = all
  if (isMany) {
    const rows = all.map(({ machine, metrics, failure }) =>
      failure === undefined
        ? [machine.name, ...metricsCells(metrics)]
        : [machine.name, ...METRICS_HEAD.map(() => '-'), clean(failure)],
    )
    return columns(['NAME', ...METRICS_HEAD, ''], rows, METRICS_HEAD)
      .trimEnd()
      .split('\n')
  }
  if (only?.metrics === undefined) return []
  const rows = (only.processes ?? []).map((row) => PROCESSES.cells(row).map((cell) => clean(cell)))
  const table = columns(PROCESSES.head, rows, PROCESSES.right)
  return [clean(only.machine.name), ...metricsLines(only.metrics), '', ...table.trimEnd().split('\n')]
}
