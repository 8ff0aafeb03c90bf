// A timer for days: Node's own fires at once when asked for more than 24.8 of them.

/** The longest that one timer of Node waits (ms). */
const LONGEST_MS = 2 ** 31 - 1

/** Call `then` after `ms`; the result stops it. It does not hold the process. */
export function after(ms: number, then: () => void): () => void {
  const deadline = performance.now() + ms
  let timer: NodeJS.Timeout
  const arm = () => {
    const left = deadline - performance.now()
    timer = left > LONGEST_MS ? setTimeout(arm, LONGEST_MS) : setTimeout(then, left)
    timer.unref()
  }
  arm()
  return () => clearTimeout(timer)
}
