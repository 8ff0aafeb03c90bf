// What this machine calls itself, for its presence; cheap enough to read at every start.
import { readFileSync } from 'node:fs'
import { hostname, release, type } from 'node:os'

/** The name a person would know the system by: 'Debian GNU/Linux 12'. */
export function systemName(): string {
  const { product, version } = distribution() ?? { product: type(), version: release() }
  return `${product} ${version}`.trim()
}

/** Product and version of a Linux distribution (os-release(5)); a rolling one has no version. Undefined elsewhere. */
export function distribution(): { product: string; version: string } | undefined {
  if (process.platform !== 'linux') return undefined
  const text = readFirst(['/etc/os-release', '/usr/lib/os-release'])
  const value = (name: string): string | undefined =>
    new RegExp(`^${name}=(["']?)(.*)\\1$`, 'm').exec(text)?.[2]?.slice(0, 100)
  return { product: value('NAME') ?? 'Linux', version: value('VERSION_ID') ?? '' }
}

/** A machine's first name: its host name as far as a name may be spelled. */
export function defaultName(): string {
  const [short = ''] = hostname().split('.')
  const name = short
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 63)
  return name === '' ? 'machine' : name
}

function readFirst(paths: readonly string[]): string {
  for (const path of paths) {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      // Not there: the next place.
    }
  }
  return ''
}
