// Bytes cut into lines, as they come.

/** A longer line is handed on in pieces (bytes). */
const LONGEST = 64 * 1024

/** Cuts chunks into lines, each with its end; what is left at last is a line, too. */
export class Lines {
  #held: Buffer[] = []
  #size = 0

  push(chunk: Buffer): Buffer[] {
    const lines: Buffer[] = []
    let start = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      this.#hold(chunk.subarray(start, end + 1))
      lines.push(...this.end())
      start = end + 1
    }
    this.#hold(chunk.subarray(start))
    if (this.#size > LONGEST) lines.push(...this.end())
    return lines
  }

  end(): Buffer[] {
    if (this.#size === 0) return []
    const line = Buffer.concat(this.#held)
    this.#held = []
    this.#size = 0
    return [line]
  }

  #hold(piece: Buffer): void {
    if (piece.length === 0) return
    this.#held.push(piece)
    this.#size += piece.length
  }
}
