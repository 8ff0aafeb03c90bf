// Text in columns, for commands that print lists.

/**
 * Lines with each column as wide as its widest cell; the last is not padded. Cells are already clean.
 * Columns named in `right` are numbers and end under one another.
 */
export function columns(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly string[] = [],
): string {
  const all = [head, ...rows]
  const widths = head.map((_, column) =>
    all.reduce((most, row) => Math.max(most, (row[column] ?? '').length), 0),
  )
  const last = head.length - 1
  const pad = (cell: string, column: number): string => {
    if (right.includes(head[column] ?? '')) return cell.padStart(widths[column] ?? 0)
    return column === last ? cell : cell.padEnd(widths[column] ?? 0)
  }
  return all.map((row) => `${row.map(pad).join('  ').trimEnd()}\n`).join('')
}
