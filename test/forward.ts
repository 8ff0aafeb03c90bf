// A clock that stands still until a test puts it forward.
import type { Test } from 'tap'

interface Alarm {
  readonly call: () => void
  readonly every: number | undefined
  due: number
}

/** A clock that stands still until it is put forward, and timers that ring by it, in order. */
export function forward(t: Test): (ms: number) => void {
  let now = performance.now()
  const alarms = new Set<Alarm>()
  const set = (isRepeated: boolean) => (call: () => void, ms: number) => {
    const alarm: Alarm = { call, every: isRepeated ? ms : undefined, due: now + ms }
    alarms.add(alarm)
    return Object.assign(alarm, { unref: () => alarm })
  }
  const clear = (alarm: Alarm): void => void alarms.delete(alarm)
  t.intercept(performance, 'now', { value: () => now, configurable: true })
  t.intercept(globalThis, 'setInterval', { value: set(true), configurable: true })
  t.intercept(globalThis, 'setTimeout', { value: set(false), configurable: true })
  t.intercept(globalThis, 'clearInterval', { value: clear, configurable: true })
  t.intercept(globalThis, 'clearTimeout', { value: clear, configurable: true })
  return (ms) => {
    const end = now + ms
    for (;;) {
      const [next] = [...alarms].filter(({ due }) => due <= end).toSorted((one, other) => one.due - other.due)
      if (next === undefined) break
      now = next.due
      if (next.every === undefined) alarms.delete(next)
      else next.due += next.every
      next.call()
    }
    now = end
  }
}
