// rconsole cp: files to machines and from them, gone on with where a copy was cut.
import { Command as Parser } from 'commander'
import type { Totals } from '../../protocol/copy/items.ts'
import { EXIT } from '../../protocol/exit.ts'
import { toRconsoleError } from '../../protocol/errors.ts'
import type { Client } from '../client.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { copyWith } from '../copy/copying.ts'
import { type Operands, readOperands } from '../copy/operands.ts'
import { Progress } from '../copy/progress.ts'
import { Tally } from '../copy/tally.ts'
import { say, writeJson } from '../io.ts'
import type { Machine } from '../machine.ts'
import { formatBytes } from '../units.ts'

/** Machines copied with at once: each has a window of its own in memory. */
const AT_ONCE = 16

interface Flags {
  readonly recursive?: true
  readonly force?: true
  readonly json?: true
}

export const cp: Command = {
  name: 'cp',
  uses: ['get', 'put'],
  build: (act) =>
    new Parser('cp')
      .description('copy files to machines (FILE… MACHINE:PATH) or from them (MACHINE:PATH… FILE)')
      .argument(
        '<path...>',
        'from where, and last to where: a file or folder of this computer, or MACHINE:PATH',
      )
      .option('-r, --recursive', 'folders with all that is in them')
      .option('-f, --force', 'replace files that are there and differ')
      .option('--json', 'one JSON object a machine: id, name, files, bytes, same, failed, ms, error')
      .action((paths: string[], flags: Flags, parser: Parser) =>
        act(parser, (context) => copy(context, readOperands(paths), flags)),
      ),
}

async function copy(context: Context, operands: Operands, flags: Flags): Promise<number> {
  return await context.withClient(async (client) => {
    const machines = await context.selected(client, [operands.target])
    const progress = new Progress(context.io, machines.length)
    const work: Work = { context, client, operands, flags, progress, ownFolder: machines.length > 1 }
    const waiting = [...machines]
    let failed = 0
    const worker = async (): Promise<void> => {
      for (let machine = waiting.shift(); machine !== undefined; machine = waiting.shift()) {
        if (!(await copyOne(work, machine))) failed++
        progress.finish()
      }
    }
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, machines.length) }, worker))
    context.io.signal.throwIfAborted()
    return failed === 0 ? EXIT.ok : EXIT.failed
  })
}

interface Work {
  readonly context: Context
  readonly client: Client
  readonly operands: Operands
  readonly flags: Flags
  readonly progress: Progress
  readonly ownFolder: boolean
}

/** Returns whether all was copied. */
async function copyOne(work: Work, machine: Machine): Promise<boolean> {
  const { context, client, operands, flags, progress, ownFolder } = work
  const { io } = context
  const { name } = machine
  const tell = (line: string): void => {
    progress.clear()
    say(io, `rconsole: ${name}: ${line}`)
  }
  const sources = operands.way === 'put' ? operands.sources : operands.paths
  const tally = new Tally({
    progress: (bytes, path) => progress.add(bytes, name, path),
    failed: ({ source, path, why }) => tell(`${join(sources[source] ?? '', path)}: ${why}`),
  })
  const started = performance.now()
  let totals: Totals | undefined
  let error: ReturnType<typeof toRconsoleError> | undefined
  try {
    totals = await copyWith({
      client,
      machine,
      operands,
      recursive: flags.recursive === true,
      force: flags.force === true,
      ownFolder,
      signal: io.signal,
      tally,
      lost: (why) => tell(`${why}; waiting for it, to go on`),
    })
  } catch (cause) {
    error = toRconsoleError(cause)
    if (!io.signal.aborted) tell(error.message)
  }
  const ms = Math.round(performance.now() - started)
  progress.clear()
  if (flags.json === true) {
    await writeJson(io, {
      id: machine.id,
      name,
      ...(totals ?? { bytes: tally.bytes }),
      ms,
      ...(error === undefined ? {} : { error: error.code }),
    })
  } else if (totals !== undefined) {
    say(io, summary(name, totals, ms))
  }
  return totals?.failed === 0
}

function summary(name: string, { files, bytes, same, failed }: Totals, ms: number): string {
  const rate = ms > 1000 && bytes > 0 ? ` (${formatBytes(Math.round((bytes / ms) * 1000))}/s)` : ''
  const parts = [
    `${files} ${files === 1 ? 'file' : 'files'} copied, ${formatBytes(bytes)} in ${(ms / 1000).toFixed(1)} s${rate}`,
    ...(same > 0 ? [`${same} there already`] : []),
    ...(failed > 0 ? [`${failed} not copied`] : []),
  ]
  return `${name}: ${parts.join(', ')}`
}

function join(source: string, path: string): string {
  return path === '' ? source : `${source.replace(/\/$/, '')}/${path}`
}
