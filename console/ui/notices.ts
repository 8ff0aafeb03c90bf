// Words to the operator: each is shown for a while, one after the other, and kept for the page of notices.
export interface Notice {
  readonly text: string
  /** It stays until a key is pressed. */
  readonly isError: boolean
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** How long one stays that is no error (ms). */
const NOTICE_MS = 4_000
/** Kept for the page; the oldest go. */
const KEPT = 500
/** Waiting to be shown; further ones go to the page only. */
const WAITING = 20

export class Notices {
  readonly #changed: () => void
  readonly #now: () => number
  readonly #all: Notice[] = []
  #waiting: Notice[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(now: () => number, changed: () => void) {
    this.#now = now
    this.#changed = changed
  }

  /** All that were said, the oldest first. */
  get all(): readonly Notice[] {
    return this.#all
  }

  get current(): Notice | undefined {
    return this.#waiting[0]
  }

  /** The current one as a line: what it says, and how many wait behind it. */
  get line(): string {
    const { current } = this
    if (current === undefined) return ''
    const more = this.#waiting.length - 1
    return more === 0 ? current.text : `${current.text}   (${more} more: !)`
  }

  add(text: string, isError: boolean): void {
    const notice = { text: text.replaceAll(/\s*\n\s*/g, ' · ').trim(), isError, at: this.#now() }
    this.#all.push(notice)
    if (this.#all.length > KEPT) this.#all.shift()
    if (this.#waiting.length < WAITING) this.#waiting.push(notice)
    if (this.#waiting.length === 1) this.#show()
    this.#changed()
  }

  /** A key was pressed: the current one has been seen; all of them where they are in the way of an input. */
  seen(areAll: boolean): void {
    if (this.current === undefined) return
    this.#waiting = areAll ? [] : this.#waiting.slice(1)
    this.#show()
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  #show(): void {
    clearTimeout(this.#timer)
    if (this.current === undefined || this.current.isError) return
    this.#timer = setTimeout(() => {
      this.seen(false)
      this.#changed()
    }, NOTICE_MS)
  }
}
