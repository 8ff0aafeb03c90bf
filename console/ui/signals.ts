// Signals while the terminal is ours: each must find it restored.

export interface SignalEvents {
  /** The process is asked to end; `status` is what it should exit with. */
  readonly end: (status: number) => void
  /** The process runs again after a stop (fg). */
  readonly resumed: () => void
  /** An error that nobody caught is about to be printed by Node. */
  readonly crashed: () => void
}

const ENDING = [
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const

/** Listen until the returned function is called. */
export function watchSignals(events: SignalEvents): () => void {
  const listeners = ENDING.map(([signal, status]) => [signal, () => events.end(status)] as const)
  const resumed = (): void => events.resumed()
  const crashed = (): void => events.crashed()
  for (const [signal, listener] of listeners) process.on(signal, listener)
  process.on('SIGCONT', resumed)
  // The monitor only looks on: Node goes on to print the error and to exit with 1.
  process.on('uncaughtExceptionMonitor', crashed)
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener)
    process.off('SIGCONT', resumed)
    process.off('uncaughtExceptionMonitor', crashed)
  }
}
