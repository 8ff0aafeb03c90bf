// Waits for what cannot be listened to.
import { setTimeout as delay } from 'node:timers/promises'

/** Look every 10 ms until `condition` holds. Throws after `ms`, naming `what`. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  ms = 30_000,
): Promise<void> {
  const deadline = performance.now() + ms
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`)
    await delay(10)
  }
}
