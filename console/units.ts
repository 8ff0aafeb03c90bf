// Times as people read them; durations and sizes are those of the protocol.
export { formatAge, formatBytes, LONGEST_TERM_MS, parseDuration, parseSize } from '../protocol/units.ts'

/** Seconds as '3 d 4 h', '2 h 5 min', '40 s': the two largest units. */
export function formatUptime(seconds: number): string {
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ]
  if (days > 0) return `${days} d ${hours} h`
  if (hours > 0) return `${hours} h ${minutes} min`
  if (minutes > 0) return `${minutes} min`
  return `${Math.floor(seconds)} s`
}

/** Part of a whole in percent, rounded up as df does; '-' of nothing. */
export function formatShare(part: number, whole: number): string {
  return whole > 0 ? `${Math.ceil((100 * part) / whole)}%` : '-'
}

/** Two round trips (ms) as a line. */
export function pingLine(agent: number, relay: number): string {
  return `console–agent ${agent.toFixed(1)} ms, console–relay ${relay.toFixed(1)} ms\n`
}
