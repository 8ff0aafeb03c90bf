// Waiting for what may never come.

/** The next value, unless `signal` is aborted first. @throws its reason */
export async function next<T>(
  values: AsyncIterator<T, unknown>,
  signal: AbortSignal,
): Promise<IteratorResult<T, unknown>> {
  signal.throwIfAborted()
  const over = new AbortController()
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: over.signal })
  })
  try {
    return await Promise.race([values.next(), aborted])
  } finally {
    over.abort()
  }
}
