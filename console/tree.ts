// Processes as a tree: each below the one that started it.

interface Branch {
  readonly pid: number
  readonly ppid: number
}

/** Deeper ones are indented no further: a machine may say what it likes. */
const DEEPEST = 40

/** `rows` in the order of the tree, each with the lines that lead to it. What has no parent among them is a root. */
export function treeOf<T extends Branch>(rows: readonly T[]): { row: T; lead: string }[] {
  const pids = new Set(rows.map(({ pid }) => pid))
  const children = new Map<number, T[]>()
  for (const row of rows) children.set(row.ppid, [...(children.get(row.ppid) ?? []), row])
  const roots = rows.filter(({ pid, ppid }) => !pids.has(ppid) || ppid === pid)
  const found: { row: T; lead: string }[] = []
  const seen = new Set<T>()
  // The rest are those that a machine said are their own ancestors.
  for (const root of [...roots, ...rows]) walk(root)
  return found

  function walk(root: T): void {
    const waiting = [{ row: root, lead: '', below: '', depth: 0 }]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { row, lead, below, depth } = next
      if (seen.has(row)) continue
      seen.add(row)
      found.push({ row, lead })
      const own = children.get(row.pid) ?? []
      for (const [index, child] of own.toReversed().entries()) {
        const [mark, line] = index === 0 ? ['└─ ', '   '] : ['├─ ', '│  ']
        const isDeep = depth >= DEEPEST
        waiting.push({
          row: child,
          lead: isDeep ? lead : `${below}${mark}`,
          below: isDeep ? below : `${below}${line}`,
          depth: depth + 1,
        })
      }
    }
  }
}
