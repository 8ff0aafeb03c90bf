// Output that has been cleaned, as lines that can be painted.

const TAB = 8

/** The lines of `text` without colours, each as a terminal shows it after carriage returns and tabs; none after the last line end. */
export function plainLines(text: string): string[] {
  const lines = text.replaceAll(/\x1b\[[\d;:]*m/g, '').split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.map((line) => expandTabs(afterReturn(line)))
}

/** A carriage return begins the line anew (progress bars); one at the very end waits for what follows. */
export function afterReturn(line: string): string {
  const ending = line.endsWith('\r') ? 1 : 0
  return line.slice(line.lastIndexOf('\r', line.length - 1 - ending) + 1)
}

export function expandTabs(line: string): string {
  if (!line.includes('\t')) return line
  let out = ''
  for (const [index, part] of line.split('\t').entries()) {
    if (index > 0) out += ' '.repeat(TAB - (out.length % TAB))
    out += part
  }
  return out
}
