// Lines of a log on their way: whole ones, only those that contain a text, the last so many.
import { Lines } from '../protocol/lines.ts'

/** What the last lines may take while they are looked for (bytes); older ones give way. */
const MOST_HELD = 8 * 1024 * 1024

/** The chunks of `source` as whole lines, several at a time, only those that contain `grep`. */
export async function* wholeLines(
  source: AsyncIterable<Buffer>,
  grep: string | undefined,
): AsyncGenerator<Buffer[], void, void> {
  const lines = new Lines()
  const isWanted = matcher(grep)
  for await (const chunk of source) {
    const wanted = lines.push(chunk).filter(isWanted)
    if (wanted.length > 0) yield wanted
  }
  const rest = lines.end().filter(isWanted)
  if (rest.length > 0) yield rest
}

/** The last `most` lines of `source`. */
export async function lastOf(source: AsyncIterable<Buffer[]>, most: number): Promise<Buffer> {
  let held: Buffer[] = []
  let size = 0
  for await (const lines of source) {
    // Copied: a line of a few bytes would keep its whole chunk.
    for (const line of lines) {
      held.push(Buffer.from(line))
      size += line.length
    }
    let gone = Math.max(0, held.length - most)
    for (const line of held.slice(0, gone)) size -= line.length
    while (size > MOST_HELD && gone < held.length) size -= held[gone++]?.length ?? 0
    held = held.slice(gone)
  }
  return Buffer.concat(held)
}

function matcher(grep: string | undefined): (line: Buffer) => boolean {
  if (grep === undefined) return () => true
  const wanted = grep.toLowerCase()
  return (line) => line.toString().toLowerCase().includes(wanted)
}
