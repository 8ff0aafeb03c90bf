// A long list in parts, each small enough for one value of a stream.

/** JSON of one part (bytes): a value cannot be cut, and may overdraw a stream's credit by 64 KiB. */
const PART_BYTES = 32 * 1024

/** `rows` in parts, in order; the last may be empty, so that there always is one. */
export function parts<T>(rows: readonly T[]): T[][] {
  const found: T[][] = []
  let part: T[] = []
  let size = 0
  for (const row of rows) {
    const bytes = Buffer.byteLength(JSON.stringify(row)) + 1
    if (size + bytes > PART_BYTES && part.length > 0) {
      found.push(part)
      part = []
      size = 0
    }
    part.push(row)
    size += bytes
  }
  return [...found, part]
}

/** As many of `rows` as one value has room for beside others. */
export function within<T>(rows: readonly T[], most: number): T[] {
  return (parts(rows.slice(0, most))[0] ?? []).slice(0, most)
}
