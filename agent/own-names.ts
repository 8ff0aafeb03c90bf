// What this machine calls itself, for masking: what differs from machine to machine and is no difference.
import { readFileSync } from 'node:fs'
import { hostname, networkInterfaces } from 'node:os'
import { OWN_NAMES } from '../protocol/run-report.ts'

/** Host name, full name, the machine's name in the fleet, addresses of its cards; names first, at most OWN_NAMES. */
export function ownNames(machine: string): string[] {
  const host = hostname()
  const [short = host] = host.split('.')
  const cards = Object.values(networkInterfaces()).flatMap((all) => all ?? [])
  const addresses = cards
    .filter(({ internal }) => !internal)
    .flatMap(({ address, mac }) => [address, ...(mac === '00:00:00:00:00:00' ? [] : [mac])])
  const names = [host, short, machine, ...fullNames(short), ...addresses]
  return [...new Set(names)].filter((name) => name.length >= 3 && name !== 'localhost').slice(0, OWN_NAMES)
}

/** The names of this machine in /etc/hosts that begin with its short one. A name server would have to be waited for. */
function fullNames(short: string): string[] {
  return hostsFile()
    .split('\n')
    .flatMap((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1))
    .filter((name) => name.startsWith(`${short}.`))
}

function hostsFile(): string {
  try {
    return readFileSync('/etc/hosts', 'utf8')
  } catch {
    // A system without one.
    return ''
  }
}
