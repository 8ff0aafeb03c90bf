// TCP and UDP sockets from /proc/net, and the processes that hold them from /proc/PID/fd.
import { readdirSync, readlinkSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { endianness } from 'node:os'
import { setImmediate as breathe } from 'node:timers/promises'
import { linesIfAny } from './read.ts'

export interface Socket {
  readonly protocol: 'tcp' | 'udp'
  readonly state: string
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly uid: number
  /** Its number among the kernel's files; 0 when no process has it any more. */
  readonly inode: number
}

export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** The kernel's numbers in the words of ss, from 1. Source: include/net/tcp_states.h of Linux. */
const STATES =
  '- ESTAB SYN-SENT SYN-RECV FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT UNCONN CLOSE-WAIT LAST-ACK LISTEN CLOSING SYN-RECV'.split(
    ' ',
  )

const FILES = [
  { path: '/proc/net/tcp', protocol: 'tcp' },
  { path: '/proc/net/tcp6', protocol: 'tcp' },
  { path: '/proc/net/udp', protocol: 'udp' },
  { path: '/proc/net/udp6', protocol: 'udp' },
] as const

/** The sockets of the agent's own network namespace. */
export async function readSockets(): Promise<Socket[]> {
  const found = await Promise.all(
    FILES.map(async ({ path, protocol }) => parseSockets(await linesIfAny(path), protocol)),
  )
  return found.flat()
}

export function isListening({ state, remote }: Socket): boolean {
  return state === 'LISTEN' || (state === 'UNCONN' && remote.port === 0)
}

/** Source: Documentation/networking/proc_net_tcp.rst of Linux. The first line is a head. */
export function parseSockets(lines: readonly string[], protocol: Socket['protocol']): Socket[] {
  return lines.slice(1).map((line) => {
    const [, local = '', remote = '', state = '', , , , uid, , inode] = line.trim().split(/\s+/)
    return {
      protocol,
      state: STATES[parseInt(state, 16)] ?? state.slice(0, 32),
      local: parseEndpoint(local),
      remote: parseEndpoint(remote),
      uid: Number(uid),
      inode: Number(inode),
    }
  })
}

/** For each of the sockets `inodes`, one process that holds it: the first that is found. */
export async function holdersOf(inodes: ReadonlySet<number>): Promise<Map<number, number>> {
  const holders = new Map<number, number>()
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  for (const pid of pids) {
    if (holders.size === inodes.size) break
    for (const inode of socketsOf(pid))
      if (inodes.has(inode) && !holders.has(inode)) holders.set(inode, Number(pid))
    // A process may hold thousands: the agent looks after its other work after each.
    await breathe()
  }
  return holders
}

function socketsOf(pid: string): number[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => socketAt(`/proc/${pid}/fd/${fd}`))
  } catch {
    // It died meanwhile, or belongs to another user.
    return []
  }
}

function socketAt(path: string): number[] {
  try {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(path)) ?? []
    return inode === undefined ? [] : [Number(inode)]
  } catch {
    // Closed meanwhile.
    return []
  }
}

/** '0100007F:0016': the address as words of the machine, each in hexadecimal, then the port. */
function parseEndpoint(text: string): Endpoint {
  const [hex = '', port = ''] = text.split(':')
  const words = Buffer.from(hex, 'hex')
  if (endianness() === 'LE') words.swap32()
  return { address: words.length === 4 ? words.join('.') : formatIpv6(words), port: parseInt(port, 16) }
}

/** Source: RFC 5952. */
export function formatIpv6(bytes: Buffer): string {
  const isMapped = bytes.subarray(0, 12).equals(Buffer.from('00000000000000000000ffff', 'hex'))
  if (isMapped) return `::ffff:${bytes.subarray(12).join('.')}`
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16))
  const zeros = [...groups.join(':').matchAll(/(?:^|:)(0(?::0)+)(?=:|$)/g)].map(([, run = '']) => run)
  const longest = zeros.toSorted((one, other) => other.length - one.length)[0]
  if (longest === undefined) return groups.join(':')
  const text = groups.join(':')
  const at = text.search(new RegExp(`(?:^|(?<=:))${longest}(?=:|$)`))
  return `${text.slice(0, at).replace(/:$/, '')}::${text.slice(at + longest.length).replace(/^:/, '')}`
}
