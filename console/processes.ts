// Processes as rows for a person, and whether this operator may see what they were started with.
import type { OutputOf } from '../protocol/actions/index.ts'
import type { Context } from './context.ts'
import type { Layout } from './rows.ts'
import { formatBytes, formatUptime } from './units.ts'

export type Process = OutputOf<'processes'>['processes'][number]

/** Bytes of the arguments of each process that are asked for. */
const ARGUMENT_BYTES = 1024

/** The part of a request that asks for arguments, which may hold secrets: nothing for a viewer, who may not. */
export async function argumentsFor(context: Context): Promise<{ args?: number }> {
  const { fleet, operator } = await context.signatory()
  const role = fleet.body.operators.find(({ key }) => key === operator.public)?.role
  return role === 'viewer' ? {} : { args: ARGUMENT_BYTES }
}

export const PROCESSES: Layout<Process & { readonly lead?: string }> = {
  head: ['PID', 'USER', 'S', 'CPU%', 'RSS', 'THR', 'AGE', 'COMMAND'],
  right: ['PID', 'CPU%', 'RSS', 'THR', 'AGE'],
  cells: (row) => [
    String(row.pid),
    row.user,
    row.state,
    row.cpu.toFixed(1),
    formatBytes(row.rss),
    String(row.threads),
    formatUptime(row.age),
    `${row.lead ?? ''}${commandOf(row)}`,
  ],
}

/** What it was started with; the kernel's own and the dead have only a name, in brackets as ps shows it. */
function commandOf({ args, name }: Process): string {
  if (args === undefined) return name
  return args === '' ? `[${name}]` : args
}
