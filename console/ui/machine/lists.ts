// The tables of a machine's page: their columns, and what each asks the machine.
import { formatAge, formatBytes } from '../../../protocol/units.ts'
import type { Filesystem, Insides, Process, ProcessQuery, RunThere, Service, Socket } from '../insides.ts'
import { clock } from '../states.ts'
import type { Column } from '../table.ts'
import { askedFor, List, type ListContext } from './list.ts'

/** From so many percent on a filesystem is marked. */
const FULL = 90

export function processList(insides: Insides, context: ListContext): List<Process> {
  const { theme } = context
  const columns: Column<Process>[] = [
    { key: 'pid', title: 'PID', width: 7, text: ({ pid }) => String(pid), value: ({ pid }) => pid },
    { key: 'user', title: 'USER', width: 8, most: 16, text: ({ user }) => user },
    { key: 'state', title: 'S', width: 2, text: ({ state }) => state },
    {
      key: 'cpu',
      title: 'CPU%',
      width: 6,
      text: ({ cpu }) => cpu.toFixed(1).padStart(5),
      value: ({ cpu }) => cpu,
      look: ({ cpu }) => (cpu >= FULL ? theme().warn : {}),
    },
    {
      key: 'memory',
      title: 'MEM',
      width: 9,
      text: ({ rss }) => formatBytes(rss).padStart(9),
      value: ({ rss }) => rss,
    },
    {
      key: 'threads',
      title: 'THR',
      width: 4,
      text: ({ threads }) => String(threads),
      value: ({ threads }) => threads,
    },
    { key: 'age', title: 'AGE', width: 6, text: ({ age }) => formatAge(age * 1000), value: ({ age }) => age },
    { key: 'command', title: 'COMMAND', width: 12, grows: true, text: commandOf },
  ]
  return new List({
    ...context,
    name: 'Processes',
    columns,
    idOf: ({ pid, start }) => `${pid}:${start}`,
    sort: { key: 'cpu', isDescending: true },
    read: ({ sort, filter }, signal) =>
      insides.processes({ sort: sortThere(sort), filter: askedFor(filter) }, signal),
    isAskedAnew: true,
    empty: 'No process matches.',
  })
}

export function filesystemList(insides: Insides, context: ListContext): List<Filesystem> {
  const { theme } = context
  const columns: Column<Filesystem>[] = [
    { key: 'mount', title: 'MOUNT', width: 16, most: 40, text: ({ mount }) => mount },
    {
      key: 'use',
      title: 'USE',
      width: 6,
      text: (row) => percent(share(row)),
      value: share,
      look: (row) => ((share(row) ?? 0) >= FULL ? theme().bad : {}),
    },
    bytes('used', 'USED'),
    bytes('available', 'FREE'),
    bytes('total', 'SIZE'),
    { key: 'type', title: 'TYPE', width: 8, text: ({ type }) => type },
    { key: 'device', title: 'DEVICE', width: 12, grows: true, text: ({ device }) => device },
  ]
  return new List({
    ...context,
    name: 'Disks',
    columns,
    idOf: ({ mount, device }) => `${mount} ${device}`,
    sort: { key: 'use', isDescending: true },
    read: (_asked, signal) => insides.filesystems(signal),
    empty: 'No filesystem.',
  })
}

export function socketList(insides: Insides, context: ListContext): List<Socket> {
  const columns: Column<Socket>[] = [
    { key: 'protocol', title: 'PROTO', width: 5, text: ({ protocol }) => protocol },
    { key: 'state', title: 'STATE', width: 10, text: ({ state }) => state },
    { key: 'local', title: 'LOCAL', width: 18, most: 44, text: ({ local }) => endpoint(local) },
    { key: 'remote', title: 'REMOTE', width: 18, most: 44, text: ({ remote }) => endpoint(remote) },
    { key: 'user', title: 'USER', width: 8, most: 16, text: ({ user }) => user },
    {
      key: 'process',
      title: 'PROCESS',
      width: 10,
      grows: true,
      text: ({ process }) => (process === undefined ? '–' : `${process.name} (${process.pid})`),
    },
  ]
  return new List({
    ...context,
    name: 'Network',
    columns,
    idOf: ({ protocol, local, remote }) => `${protocol} ${endpoint(local)} ${endpoint(remote)}`,
    sort: { key: 'state', isDescending: true },
    read: (_asked, signal) => insides.sockets(signal),
    empty: 'No socket.',
  })
}

export function serviceList(insides: Insides, context: ListContext): List<Service> {
  const { theme } = context
  const columns: Column<Service>[] = [
    { key: 'unit', title: 'UNIT', width: 26, most: 48, text: ({ unit }) => unit },
    {
      key: 'active',
      title: 'ACTIVE',
      width: 9,
      text: ({ active }) => active,
      look: ({ active }) =>
        active === 'failed' ? theme().bad : active === 'active' ? theme().good : theme().quiet,
    },
    { key: 'sub', title: 'SUB', width: 9, text: ({ sub }) => sub },
    { key: 'load', title: 'LOAD', width: 9, text: ({ load }) => load },
    {
      key: 'description',
      title: 'DESCRIPTION',
      width: 14,
      grows: true,
      text: ({ description }) => description,
    },
  ]
  return new List({
    ...context,
    name: 'Services',
    columns,
    idOf: ({ unit }) => unit,
    sort: { key: 'unit', isDescending: false },
    read: (_asked, signal) => insides.services(signal),
    empty: 'No service.',
  })
}

/** This operator's runs there. `now` in ms. */
export function runList(
  insides: Insides,
  context: ListContext & { readonly now: () => number },
): List<RunThere> {
  const { theme, now } = context
  const columns: Column<RunThere>[] = [
    {
      key: 'at',
      title: 'STARTED',
      width: 8,
      text: ({ startedAt }) => clock(startedAt, now()),
      value: ({ startedAt }) => startedAt,
    },
    {
      key: 'state',
      title: 'STATE',
      width: 12,
      text: ({ state, code, signal }) => [state, signal ?? code ?? ''].join(' ').trim(),
      look: ({ state, code }) => (state === 'done' && code === 0 ? {} : theme().warn),
    },
    { key: 'command', title: 'LAST RUNS HERE', width: 20, grows: true, text: ({ command }) => command },
  ]
  return new List({
    ...context,
    name: 'Runs',
    columns,
    idOf: ({ id }) => id,
    sort: { key: 'at', isDescending: true },
    read: (_asked, signal) => insides.runs(signal),
    empty: 'You have run nothing here that it remembers.',
  })
}

/** In percent, as df counts: of what a user may have. */
function share({ size }: Filesystem): number | undefined {
  const whole = size === undefined ? 0 : size.used + size.available
  return size === undefined || whole <= 0 ? undefined : (100 * size.used) / whole
}

function bytes(key: 'total' | 'used' | 'available', title: string): Column<Filesystem> {
  return {
    key,
    title,
    width: 10,
    text: ({ size }) => (size === undefined ? '–' : formatBytes(size[key])),
    value: ({ size }) => size?.[key],
  }
}

/** What it was started with; the kernel's own and the dead have only a name, in brackets as ps shows it. */
export function commandOf({ args, name }: Process): string {
  if (args === undefined) return name
  return args === '' ? `[${name}]` : args
}

/** The first ones by what: all other orders are of those that came. */
function sortThere(sort: string): ProcessQuery['sort'] {
  return sort === 'memory' || sort === 'pid' ? sort : 'cpu'
}

function percent(share: number | undefined): string {
  return share === undefined ? '   –' : `${Math.ceil(share)}%`.padStart(4) + (share >= FULL ? '!' : '')
}

/** As ss writes it: an address of IPv6 in brackets, a port that is any as a star. */
function endpoint({ address, port }: Socket['local']): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port === 0 ? '*' : port}`
}
