// Rows of one or several machines as one table, and as JSON.
import { clean } from '../protocol/clean.ts'
import type { Gathered } from './gather.ts'
import { type Io, write, writeJson } from './io.ts'
import { columns } from './table.ts'

export interface Layout<T> {
  readonly head: readonly string[]
  /** Columns of numbers. */
  readonly right?: readonly string[]
  readonly cells: (row: T) => readonly string[]
}

/** One table of all rows; with several machines its first column is NAME. */
export async function writeTable<T>(
  io: Io,
  { answers, isMany }: Pick<Gathered<readonly T[]>, 'answers' | 'isMany'>,
  { head, right = [], cells }: Layout<T>,
): Promise<void> {
  const rows = answers.flatMap(({ machine, value }) =>
    value.map((row) => [...(isMany ? [machine.name] : []), ...cells(row)].map((cell) => clean(cell))),
  )
  const text = columns([...(isMany ? ['NAME'] : []), ...head], rows, right)
  await write(io.stdout, fitted(io, text), io.signal)
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
