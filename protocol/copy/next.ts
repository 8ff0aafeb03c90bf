// Waiting for what may never come.

/** The next value, unless `signal` is aborted first. @throws its reason */
export async function next<T>(
  values: AsyncIterator<T, unknown>,
  signal: AbortSignal,
): Promise<IteratorResult<T, unknown>> {
  signal.throwIfAborted()
  let fail: (() => void) | undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    fail = () => reject(signal.reason)
    signal.addEventListener('abort', fail, { once: true })
  })
  try {
    return await Promise.race([values.next(), aborted])
  } finally {
    if (fail !== undefined) signal.removeEventListener('abort', fail)
  }
}
