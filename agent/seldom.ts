// For log lines that others can cause: a relay that may make us write one must not be able to fill the disk.

/** Calls `say` at most once in `ms`, with how often it was not called since. */
export function seldom<A extends readonly unknown[]>(
  ms: number,
  say: (skipped: number, ...args: A) => void,
): (...args: A) => void {
  let last = -Infinity
  let skipped = 0
  return (...args) => {
    const now = performance.now()
    if (now - last < ms) {
      skipped++
      return
    }
    say(skipped, ...args)
    last = now
    skipped = 0
  }
}

/** What an unsealed or failing message makes us say (ms). */
export const SELDOM_MS = 5_000
