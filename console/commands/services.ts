// rconsole services: what systemd runs on machines, the state of one service, and starting or stopping it.
import { Command as Parser } from 'commander'
import type { ResultOf } from '../../protocol/actions/index.ts'
import { SERVICE_VERBS } from '../../protocol/actions/services.ts'
import { askAll } from '../all.ts'
import { ask } from '../ask.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { gather } from '../gather.ts'
import { type Layout, writeRows, writeTable } from '../rows.ts'
import { formatBytes, formatUptime } from '../units.ts'
import { pick, unitNamed } from '../words.ts'

interface Flags {
  readonly failed?: true
  readonly json?: true
}
type Service = NonNullable<ResultOf<'services'>['service']>

export const services: Command = {
  name: 'services',
  uses: ['services'],
  build: (act) =>
    new Parser('services')
      .description('list what systemd runs on machines; show, start, stop or restart one service')
      .argument('<target>', 'a machine, or several as for ls')
      .argument('[verb]', 'status, start, stop or restart')
      .argument('[unit]', 'the service: nginx, or nginx.service')
      .option('--failed', 'of the list only those that failed')
      .option('--json', 'print one JSON object a service')
      .action(
        (target: string, verb: string | undefined, unit: string | undefined, flags: Flags, parser: Parser) =>
          act(parser, (context) =>
            verb === undefined ? list(context, target, flags) : one(context, target, { verb, unit, flags }),
          ),
      ),
}

async function list(context: Context, target: string, flags: Flags): Promise<number> {
  const { io } = context
  const gathered = await gather(context, [target], async (client, machine) => {
    const { outputs } = await askAll(client, machine, 'services', { do: 'list' }, io.signal)
    return outputs.flat().filter(({ active }) => flags.failed !== true || active === 'failed')
  })
  if (flags.json === true) await writeRows(io, gathered)
  else if (gathered.answers.length > 0)
    await writeTable(io, gathered, {
      folds: true,
      head: ['UNIT', 'LOAD', 'ACTIVE', 'SUB', 'DESCRIPTION'],
      cells: ({ unit, load, active, sub, description }) => [unit, load, active, sub, description],
    })
  return gathered.status
}

async function one(
  context: Context,
  target: string,
  { verb, unit, flags }: { verb: string; unit: string | undefined; flags: Flags },
): Promise<number> {
  const { io } = context
  const what = pick('services', verb, ['status', ...SERVICE_VERBS])
  const name = unitNamed(unit ?? '')
  const gathered = await gather(context, [target], async (client, machine) => {
    const { service } = await ask(client, machine, 'services', { do: what, unit: name }, io.signal)
    return service === undefined ? [] : [service]
  })
  if (flags.json === true) await writeRows(io, gathered)
  else if (gathered.answers.length > 0) await writeTable(io, gathered, STATUS)
  return gathered.status
}

const STATUS: Layout<Service> = {
  head: ['UNIT', 'ACTIVE', 'SUB', 'SINCE', 'ENABLED', 'PID', 'MEMORY', 'TASKS', 'DESCRIPTION'],
  right: ['PID', 'MEMORY', 'TASKS'],
  cells: ({ unit, active, sub, since, enabled, pid, memory, tasks, description }) => [
    unit,
    active,
    sub,
    since === undefined ? '-' : `${formatUptime(since)} ago`,
    enabled || '-',
    String(pid ?? '-'),
    memory === undefined ? '-' : formatBytes(memory),
    String(tasks ?? '-'),
    description,
  ],
}
