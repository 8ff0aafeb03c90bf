// What systemd says of its services, through systemctl.
import { readFile } from 'node:fs/promises'
import { RconsoleError } from '../protocol/errors.ts'
import type { OutputOf, ResultOf } from '../protocol/actions/index.ts'
import type { SERVICE_VERBS } from '../protocol/actions/services.ts'
import { cut } from './proc/read.ts'
import { ask, type ToolAnswer } from './tool.ts'

type Row = OutputOf<'services'>[number]
type Service = NonNullable<ResultOf<'services'>['service']>

/** How long a service may take to start or stop (ms): systemd's own limit is 90 s unless the unit says otherwise. */
const VERB_MS = 5 * 60_000
const QUIET = ['--no-pager', '--no-ask-password']

const KINDS = /\.(?:service|socket|timer|target|mount|automount|path|slice|scope|device|swap)$/

/** As systemctl reads it: a name without a kind is a service. */
export function unitName(name: string): string {
  return KINDS.test(name) ? name : `${name}.service`
}

/** Every service that systemd knows. @throws UNSUPPORTED */
export async function listServices(signal: AbortSignal): Promise<Row[]> {
  const args = ['list-units', '--type=service', '--all', '--plain', '--no-legend', '--full', ...QUIET]
  const answer = await ask('systemctl', args, { signal })
  if (answer.status !== 0) throw refusal(answer)
  return parseServices(answer.stdout)
}

/** The columns of `systemctl list-units --plain`: the last one has blanks. */
export function parseServices(text: string): Row[] {
  return text.split('\n').flatMap((line) => {
    const [, unit, load, active, sub, description] =
      /^[\s●○×]*(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s*(.*)$/u.exec(line) ?? []
    if (unit === undefined || load === undefined || active === undefined || sub === undefined) return []
    return [row({ unit, load, active, sub, description })]
  })
}

/** @throws UNSUPPORTED; NOT_FOUND for a unit that systemd has never heard of */
export async function serviceOf(unit: string, signal: AbortSignal): Promise<Service> {
  const args = ['show', `--property=${PROPERTIES.join(',')}`, ...QUIET, '--', unit]
  const answer = await ask('systemctl', args, { signal })
  if (answer.status !== 0) throw refusal(answer)
  const service = parseService(answer.stdout, parseFloat(await readFile('/proc/uptime', 'latin1')))
  if (service.load === 'not-found')
    throw new RconsoleError('NOT_FOUND', `this machine has no service ${unit}`)
  return service
}

const PROPERTIES = [
  'Id',
  'Description',
  'LoadState',
  'ActiveState',
  'SubState',
  'UnitFileState',
  'MainPID',
  'StateChangeTimestampMonotonic',
  'MemoryCurrent',
  'TasksCurrent',
] as const

/** `uptime` of the machine (s): systemd's clock starts with it. */
export function parseService(text: string, uptime: number): Service {
  const values = new Map(text.split('\n').map((line) => splitOnce(line)))
  const value = (name: (typeof PROPERTIES)[number]): string => values.get(name) ?? ''
  // '[not set]', or the largest number there is, say that nothing is counted.
  const count = (name: (typeof PROPERTIES)[number], most: number): number | undefined =>
    /^\d+$/.test(value(name)) && Number(value(name)) <= most ? Number(value(name)) : undefined
  const [pid, memory, tasks] = [
    count('MainPID', 2 ** 31),
    count('MemoryCurrent', 2 ** 53),
    count('TasksCurrent', 2 ** 31),
  ]
  const changed = count('StateChangeTimestampMonotonic', 2 ** 53)
  return {
    ...row({
      unit: value('Id'),
      load: value('LoadState'),
      active: value('ActiveState'),
      sub: value('SubState'),
      description: value('Description'),
    }),
    enabled: cut(value('UnitFileState'), 64),
    ...(pid ? { pid } : {}),
    ...(changed ? { since: Math.max(0, Math.round(uptime - changed / 1e6)) } : {}),
    ...(memory === undefined ? {} : { memory }),
    ...(tasks === undefined ? {} : { tasks }),
  }
}

/** Start, stop or restart, and wait until systemd says it is done. @throws UNSUPPORTED, NOT_FOUND, NO_ACCESS, FAILED */
export async function control(
  verb: (typeof SERVICE_VERBS)[number],
  unit: string,
  signal: AbortSignal,
): Promise<void> {
  const answer = await ask('systemctl', [verb, ...QUIET, '--', unit], { signal, ms: VERB_MS })
  if (answer.status !== 0) throw refusal(answer)
}

function refusal({ status, stderr }: ToolAnswer): RconsoleError {
  const [line = ''] = stderr.split('\n')
  const said = cut(line === '' ? `systemctl ended with ${status}` : line, 500)
  if (/not been booted|connect to bus|connect to system/i.test(said))
    return new RconsoleError(
      'UNSUPPORTED',
      'systemd does not run this machine: it has no services to ask about',
    )
  if (/not found|not loaded|does not exist/i.test(said)) return new RconsoleError('NOT_FOUND', said)
  if (/access denied|authentication|permission|not permitted/i.test(said)) {
    return new RconsoleError('NO_ACCESS', `the agent's user may not do that: ${said}`)
  }
  return new RconsoleError('FAILED', said)
}

function row({
  unit,
  load,
  active,
  sub,
  description = '',
}: Record<'unit' | 'load' | 'active' | 'sub', string> & { description: string | undefined }): Row {
  return {
    unit: cut(unit, 256),
    load: cut(load, 64),
    active: cut(active, 64),
    sub: cut(sub, 64),
    description: cut(description, 1024),
  }
}

function splitOnce(line: string): [string, string] {
  const at = line.indexOf('=')
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
}
