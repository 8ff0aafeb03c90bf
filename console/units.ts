// Durations, sizes and times as people write and read them.
import { RconsoleError } from '../protocol/errors.ts'

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/

/** What a machine takes as a time, and what a document or token may hold for (ms). */
const LONGEST_MS = 30 * UNIT_MS.d
export const LONGEST_TERM_MS = 3650 * UNIT_MS.d

/** '2s', '10m', '24h', '90d' in ms. @throws USAGE */
export function parseDuration(flag: string, text: string, most = LONGEST_MS): number {
  const [, number, unit] = PATTERN.exec(text) ?? []
  if (number === undefined || !isUnit(unit)) {
    throw new RconsoleError(
      'USAGE',
      `${flag}: expected a time like 500ms, 2s, 10m, 24h or 90d, got ${JSON.stringify(text)}`,
    )
  }
  const ms = Math.round(Number(number) * UNIT_MS[unit])
  if (ms > most) throw new RconsoleError('USAGE', `${flag}: expected at most ${formatAge(most)}, got ${text}`)
  return ms
}

/** '500', '64KiB', '10M', '1G' in bytes: all units are binary. @throws USAGE */
export function parseSize(flag: string, text: string, most: number): number {
  const [, number = '', unit = ''] = /^(\d+)(?:([kmg])(?:i?b)?)?$/i.exec(text) ?? []
  const bytes = Number(number) * 1024 ** ' kmg'.indexOf(unit.toLowerCase() || ' ')
  if (number === '' || bytes > most) {
    throw new RconsoleError(
      'USAGE',
      `${flag}: expected a size like 64KiB, 10M or 1G, at most ${formatBytes(most)}, got ${JSON.stringify(text)}`,
    )
  }
  return bytes
}

/** '3 s', '4 min', '2 h', '5 d'. */
export function formatAge(ms: number): string {
  if (ms < 60_000) return `${Math.max(0, Math.floor(ms / 1000))} s`
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)} h`
  return `${Math.floor(ms / 86_400_000)} d`
}

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

/** Binary units: '15.6 GiB'. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit] ?? ''}`
}

/** Part of a whole in percent, rounded up as df does; '-' of nothing. */
export function formatShare(part: number, whole: number): string {
  return whole > 0 ? `${Math.ceil((100 * part) / whole)}%` : '-'
}

/** Two round trips (ms) as a line. */
export function pingLine(agent: number, relay: number): string {
  return `console–agent ${agent.toFixed(1)} ms, console–relay ${relay.toFixed(1)} ms\n`
}

function isUnit(text: string | undefined): text is keyof typeof UNIT_MS {
  return text !== undefined && Object.hasOwn(UNIT_MS, text)
}
