// Names of users by their numbers, from /etc/passwd.
import { statSync } from 'node:fs'
import { linesIfAny } from './read.ts'

let known: { readonly changed: number; readonly names: ReadonlyMap<number, string> } | undefined

/** How to name a user: by number where the file has no name, as for users of a directory server. */
export async function userNames(): Promise<(uid: number) => string> {
  const changed = statSync('/etc/passwd', { throwIfNoEntry: false })?.mtimeMs ?? 0
  if (known?.changed !== changed) known = { changed, names: parseUsers(await linesIfAny('/etc/passwd')) }
  const { names } = known
  return (uid) => names.get(uid) ?? String(uid)
}

/** Source: passwd(5). The first name of a number counts. */
export function parseUsers(lines: readonly string[]): Map<number, string> {
  const names = new Map<number, string>()
  for (const line of lines) {
    const [name = '', , uid = ''] = line.split(':')
    if (/^\d+$/.test(uid) && !names.has(Number(uid))) names.set(Number(uid), name)
  }
  return names
}
