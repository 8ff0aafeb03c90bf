// The columns of the list of machines: what each says of a machine, from its signed words and from its last minute.
import { type Charts, overTime } from './chart.ts'
import type { MachineRow, Sample } from './fleet.ts'
import { age, clock, lookOf, stateOf } from './states.ts'
import type { Look } from './style.ts'
import type { Column } from './table.ts'
import type { Theme } from './theme.ts'

export interface ColumnSources {
  readonly charts: Charts
  readonly theme: () => Theme
  readonly now: () => number
  readonly samples: (id: string) => readonly Sample[]
}

/** What the sparkline spans (ms). */
const SPAN_MS = 60_000
/** From so many percent on it is worth a colour, and then a mark (of each: processor, memory, disk). */
const WARN = { cpu: 70, mem: 80, disk: 80 } as const
const BAD = { cpu: 90, mem: 90, disk: 90 } as const

/** In the order in which they stand; a narrow screen loses the last ones first. */
export function machineColumns({ charts, theme, now, samples }: ColumnSources): Column<MachineRow>[] {
  const newest = (machine: MachineRow): Sample | undefined =>
    isThere(machine) ? samples(machine.id).at(-1) : undefined
  const percent = (key: 'cpu' | 'mem' | 'disk', title: string): Column<MachineRow> => ({
    key,
    title,
    width: 5,
    text: (machine) => percentText(newest(machine)?.[key], BAD[key]),
    value: (machine) => newest(machine)?.[key],
    look: (machine) =>
      lookOfPercent(newest(machine)?.[key], { warn: WARN[key], bad: BAD[key], theme: theme() }),
  })
  return [
    {
      key: 'name',
      title: 'NAME',
      width: 14,
      most: 32,
      text: ({ name }) => name,
      value: ({ name }) => sortKey(name),
    },
    {
      key: 'state',
      title: 'STATE',
      width: 7,
      text: (machine) =>
        isThere(machine) ? machine.state : `${stateOf(machine)} · ${clock(machine.since, now())}`,
      value: ({ state }) => state,
      look: ({ state }) => lookOf(state, theme()),
      covers: (machine) => (isThere(machine) ? [] : MEASURED),
    },
    percent('cpu', 'CPU'),
    {
      key: 'last',
      title: 'last 60 s',
      width: 10,
      most: 24,
      text: () => '',
      draw: (machine, width) => sparkline(charts, isThere(machine) ? samples(machine.id) : [], width),
      value: (machine) => newest(machine)?.cpu,
      look: () => theme().chart,
    },
    percent('mem', 'MEM'),
    percent('disk', 'DISK'),
    {
      key: 'up',
      title: 'UP',
      width: 4,
      text: (machine) => upText(newest(machine)?.uptime),
      value: (machine) => newest(machine)?.uptime,
    },
    { key: 'os', title: 'OS', width: 9, most: 18, text: ({ os }) => os },
    { key: 'labels', title: 'LABELS', width: 8, most: 40, text: ({ labels }) => labelsText(labels) },
    { key: 'policy', title: 'POLICY', width: 8, most: 16, text: ({ policy }) => policy },
    {
      key: 'since',
      title: 'SINCE',
      width: 7,
      text: ({ since }) => clock(since, now()),
      value: ({ since }) => since,
    },
    { key: 'version', title: 'VERSION', width: 8, text: ({ version }) => version },
  ]
}

/** Where a machine is not there, the explanation of its state takes this room. */
const MEASURED = ['cpu', 'last', 'mem', 'disk', 'up']

/** Whether it is connected: what it said a while ago is no answer to how it is. */
export function isThere({ state }: MachineRow): boolean {
  return state === 'online' || state === 'frozen'
}

export function labelsText(labels: MachineRow['labels']): string {
  return Object.entries(labels)
    .map(([key, value]) => (value === '' ? key : `${key}=${value}`))
    .join(',')
}

/** ` 93%!`: the mark says what the colour says. */
export function percentText(value: number | undefined, bad: number): string {
  return value === undefined ? '  –' : `${Math.round(value)}%`.padStart(4) + (value >= bad ? '!' : '')
}

const NONE: Look = {}

export function lookOfPercent(
  value: number | undefined,
  { warn, bad, theme }: { readonly warn: number; readonly bad: number; readonly theme: Theme },
): Look {
  if (value === undefined) return theme.quiet
  if (value >= bad) return theme.bad
  return value >= warn ? theme.warn : NONE
}

/** The processor's last minute; painted anew only when a sample came. */
export function sparkline(charts: Charts, samples: readonly Sample[], width: number): string {
  const drawn = DRAWN.get(samples)
  if (drawn?.width === width) return drawn.text
  const span = { span: SPAN_MS, points: width * charts.density }
  const shares = overTime(samples, span, ({ cpu }) => (cpu === undefined ? undefined : cpu / 100))
  const text = charts.area(shares, width, 1)[0] ?? ''
  DRAWN.set(samples, { width, text })
  return text
}

const DRAWN = new WeakMap<readonly Sample[], { readonly width: number; readonly text: string }>()

/** `12d`, `5h`, `40m`. */
function upText(seconds: number | undefined): string {
  if (seconds === undefined) return '–'
  const [count = '', unit = ''] = age(Math.max(60, seconds) * 1000).split(' ')
  return `${count}${unit.charAt(0)}`
}

/** Names in the order that a person expects, web-2 before web-10, at the price of comparing two strings. */
function sortKey(name: string): string {
  const known = KEYS.get(name)
  if (known !== undefined) return known
  if (KEYS.size > MOST_KEYS) KEYS.clear()
  const key = name.toLowerCase().replaceAll(/\d+/g, (digits) => digits.padStart(15, '0'))
  KEYS.set(name, key)
  return key
}

const KEYS = new Map<string, string>()
const MOST_KEYS = 50_000
