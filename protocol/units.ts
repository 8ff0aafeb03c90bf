// Durations and sizes as people write them, in flags and in a policy.
import { RconsoleError } from './errors.ts'

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/
const UNIT_BYTES = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const
const SIZE = /^(\d{1,12})(B|KiB|MiB|GiB)$/

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

/** '64MiB' in bytes. @throws USAGE */
export function parseSize(flag: string, text: string): number {
  const [, number, unit] = SIZE.exec(text) ?? []
  if (number !== undefined && isSizeUnit(unit)) return Number(number) * UNIT_BYTES[unit]
  throw new RconsoleError(
    'USAGE',
    `${flag}: expected a size like 512KiB or 64MiB, got ${JSON.stringify(text)}`,
  )
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

function isSizeUnit(text: string | undefined): text is keyof typeof UNIT_BYTES {
  return text !== undefined && Object.hasOwn(UNIT_BYTES, text)
}
