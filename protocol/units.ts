// Durations and sizes as people write them, in flags and in a policy.
import { RconsoleError } from './errors.ts'

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/

/** What a machine takes as a time, and what a document or token may hold for (ms). */
const LONGEST_MS = 30 * UNIT_MS.d
export const LONGEST_TERM_MS = 3650 * UNIT_MS.d

/** '2s', '10m', '24h', '90d' in ms. @throws USAGE */
export function parseDuration(flag: string, text: string, most = LONGEST_MS): number {
  const [, number, unit] = DURATION.exec(text) ?? []
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

function isUnit(text: string | undefined): text is keyof typeof UNIT_MS {
  return text !== undefined && Object.hasOwn(UNIT_MS, text)
}
