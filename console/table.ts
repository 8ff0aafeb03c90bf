// Text in columns, for commands that print lists.

/** Lines with each column as wide as its widest cell; the last is not padded. Cells are already clean. */
export function columns(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)))
  const last = head.length - 1
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (column === last ? cell : cell.padEnd(widths[column] ?? 0))).join('  ')
  return all.map((row) => `${line(row).trimEnd()}\n`).join('')
}
