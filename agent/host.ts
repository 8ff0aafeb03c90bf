// What this machine calls itself, for its presence; cheap enough to read at every start.
import { readFileSync } from 'node:fs'
import { hostname, release, type } from 'node:os'

/** The name a person would know the system by: 'Debian GNU/Linux 12'. */
export function systemName(): string {
  const file = osRelease()
  const name = file.get('NAME') ?? type()
  return `${name} ${file.get('VERSION_ID') ?? (file.size > 0 ? '' : release())}`.trim().slice(0, 200)
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

/** The fields of /etc/os-release (os-release(5)); empty where there is none. */
export function osRelease(): Map<string, string> {
  const fields = new Map<string, string>()
  for (const path of ['/etc/os-release', '/usr/lib/os-release']) {
    try {
      for (const line of readFileSync(path, 'utf8').split('\n')) {
        const [, name, value] =
          /^([A-Z_]+)=(?:"(.*)"|'(.*)'|(.*))$/.exec(line)?.map((part) => part ?? '') ?? []
        if (name !== undefined)
          fields.set(
            name,
            value === '' ? line.slice(name.length + 1).replace(/^["']|["']$/g, '') : (value ?? ''),
          )
      }
      return fields
    } catch {
      // Not there: the next place, or another kind of system.
    }
  }
  return fields
}
