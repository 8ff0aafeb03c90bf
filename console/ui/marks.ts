// Which rows are marked: one by one, or from one row to where the cursor is.

export class Marks {
  #ids = new Set<string>()
  /** Where a range begins, and what was marked before it. */
  #range: { readonly from: string; readonly before: ReadonlySet<string> } | undefined

  get size(): number {
    return this.#ids.size
  }

  get isRange(): boolean {
    return this.#range !== undefined
  }

  has(id: string): boolean {
    return this.#ids.has(id)
  }

  toggle(id: string): void {
    this.#range = undefined
    if (!this.#ids.delete(id)) this.#ids.add(id)
  }

  /** Begin a range here, or leave the one that there is as it is now. */
  toggleRange(id: string): void {
    if (this.#range !== undefined) {
      this.#range = undefined
      return
    }
    this.#range = { from: id, before: new Set(this.#ids) }
    this.#ids.add(id)
  }

  /** The cursor went to row `at` of `ids`: a range goes that far. */
  extend(ids: readonly string[], at: number): void {
    if (this.#range === undefined) return
    const from = ids.indexOf(this.#range.from)
    if (from < 0) return
    const within = ids.slice(Math.min(from, at), Math.max(from, at) + 1)
    this.#ids = new Set([...this.#range.before, ...within])
  }

  mark(ids: readonly string[]): void {
    this.#range = undefined
    for (const id of ids) this.#ids.add(id)
  }

  invert(ids: readonly string[]): void {
    this.#range = undefined
    for (const id of ids) if (!this.#ids.delete(id)) this.#ids.add(id)
  }

  /** One step back: the range, else all of them. False when there was nothing. */
  clear(): boolean {
    const hadAny = this.#ids.size > 0
    this.#ids = new Set(this.#range?.before)
    this.#range = undefined
    return hadAny
  }

  /** Those that have left the fleet are marked no more. */
  keep(all: readonly { readonly id: string }[]): void {
    if (this.#ids.size === 0) return
    const known = new Set(all.map(({ id }) => id))
    for (const id of this.#ids) if (!known.has(id)) this.#ids.delete(id)
  }

  none(): void {
    this.#range = undefined
    this.#ids.clear()
  }
}
