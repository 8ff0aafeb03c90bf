// Rows of one or several machines as one table, and as JSON.
import { clean } from '../protocol/clean.ts'
import type { Gathered } from './gather.ts'
import { type Io, write, writeJson } from './io.ts'
import { foldNames } from './ranges.ts'
import { columns } from './table.ts'

export interface Layout<T> {
  readonly head: readonly string[]
  /** Columns of numbers. */
  readonly right?: readonly string[]
  readonly cells: (row: T) => readonly string[]
  /** Rows that several machines have in common are one, with the names of all of them. */
  readonly folds?: true
}

/** One table of all rows; with several machines its first column is NAME. */
export async function writeTable<T>(
  io: Io,
  { answers, isMany }: Pick<Gathered<readonly T[]>, 'answers' | 'isMany'>,
  { head, right = [], cells, folds }: Layout<T>,
): Promise<void> {
  const rows = answers.flatMap(({ machine, value }) =>
    value.map((row) => ({ name: clean(machine.name), cells: cells(row).map((cell) => clean(cell)) })),
  )
  const named = folds === true ? folded(rows) : rows.map(({ name, cells }) => [name, ...cells])
  const text = isMany
    ? columns(['NAME', ...head], named, right)
    : columns(
        head,
        rows.map(({ cells }) => cells),
        right,
      )
  await write(io.stdout, fitted(io, text), io.signal)
}

/** In the order in which each row came first. A machine that has the same row twice has it twice. */
function folded(rows: readonly { readonly name: string; readonly cells: readonly string[] }[]): string[][] {
  const groups = new Map<string, { readonly names: string[]; readonly cells: readonly string[] }>()
  const times = new Map<string, number>()
  for (const { name, cells } of rows) {
    const own = JSON.stringify([name, cells])
    const time = (times.get(own) ?? 0) + 1
    times.set(own, time)
    const key = JSON.stringify([time, cells])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { names: [name], cells })
    else group.names.push(name)
  }
  return [...groups.values()].map(({ names, cells }) => [foldNames(names).join(' '), ...cells])
}

/** One object a row: whose it is, and its fields. */
export async function writeRows<T extends object>(
  io: Io,
  { answers }: Pick<Gathered<readonly T[]>, 'answers'>,
): Promise<void> {
  for (const { machine, value } of answers)
    for (const row of value) await writeJson(io, { id: machine.id, machine: machine.name, ...row })
}

/** On a terminal each line has one row, as ps does it; a pipe gets all of it. */
function fitted({ stdout }: Io, text: string): string {
  const { isTTY, columns: width } = stdout
  if (isTTY !== true || width === undefined) return text
  return text
    .split('\n')
    .map((line) => line.slice(0, width))
    .join('\n')
}
