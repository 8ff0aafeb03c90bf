// Ending everything that a program started: its group, its session, its descendants, and what carries its run id.
import { readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { systemCode } from '../protocol/errors.ts'
import { RUN_VARIABLE } from './environment.ts'

/** Between asking and killing (ms). */
const GRACE_MS = 5_000
/** How long we kill before giving up on what cannot be killed: another user's, or stuck in the kernel (ms). */
const KILL_MS = 5_000
/** Between two looks (ms): at first, and at most. */
const LOOK_FIRST_MS = 10
const LOOK_MOST_MS = 250

/** The number of no process. */
const NOBODY = -1

export interface Tree {
  /** The leader of the group and the session. */
  readonly pid: number
  /** The value of RAGENT_RUN in its environment. */
  readonly id: string
  /** When the leader started (clock ticks since boot): what is older cannot be a part. */
  readonly since: number
}

interface Process {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly session: number
  readonly start: number
}

/** The tree that `pid` leads. Call it on the line that starts the process. */
export function treeOf(pid: number, id: string): Tree {
  try {
    return { pid, id, since: parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.start ?? 0 }
  } catch {
    // No /proc, or already reaped: then every process of the machine is looked at, which only costs more.
    return { pid, id, since: 0 }
  }
}

/** Send a signal to the whole group; nothing happens if none of it is left. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  send(-pid, signal)
}

/**
 * `first` to the whole tree, 5 s, SIGKILL. Resolves when nothing of it is left, or after 5 s more if something
 * cannot be killed. A child escapes if it changes session, clears its environment and loses its parent before this.
 */
export async function endTree(tree: Tree, first: 'SIGTERM' | 'SIGHUP'): Promise<void> {
  const known = new Set<string>()
  // Looked at first: with its parent dead, a child that left everything behind is found no more.
  const members = await livingMembers(tree, known)
  // The group as one, and once: a second TERM makes some programs give up cleaning.
  signalGroup(tree.pid, first)
  for (const { pid, group } of members) {
    if (group !== tree.pid) send(pid, first)
    // A stopped process acts on nothing but KILL until it goes on.
    send(pid, 'SIGCONT')
  }
  if (await isEmptied(tree, { known, within: GRACE_MS })) return
  await isEmptied(tree, { known, within: KILL_MS, signal: 'SIGKILL' })
}

/**
 * End what carries the mark of run `id`, and its descendants: what an agent that died left behind. Its leader is not
 * looked for by number: that may be another's by now.
 */
export async function endMarked(id: string): Promise<void> {
  const tree: Tree = { pid: NOBODY, id, since: 0 }
  const known = new Set<string>()
  for (const { pid } of await livingMembers(tree, known)) {
    send(pid, 'SIGTERM')
    send(pid, 'SIGCONT')
  }
  if (await isEmptied(tree, { known, within: GRACE_MS })) return
  await isEmptied(tree, { known, within: KILL_MS, signal: 'SIGKILL' })
}

async function isEmptied(
  tree: Tree,
  { known, within, signal }: { known: Set<string>; within: number; signal?: NodeJS.Signals },
): Promise<boolean> {
  const deadline = performance.now() + within
  for (let pause = LOOK_FIRST_MS; ; pause = Math.min(2 * pause, LOOK_MOST_MS)) {
    const members = await livingMembers(tree, known)
    if (members.length === 0) return true
    if (signal) for (const { pid } of members) send(pid, signal)
    if (performance.now() > deadline) return false
    await delay(pause)
  }
}

/** What lives of the tree. `known` remembers members, which are still ours after their parents died. */
async function livingMembers(tree: Tree, known: Set<string>): Promise<readonly Process[]> {
  if (process.platform !== 'linux') return groupOnly(tree)
  const names = await processNames()
  if (names === undefined) return groupOnly(tree)
  const all = (await Promise.all(names.map(readProcess))).filter((one) => one !== undefined)
  const members = new Map<number, Process>()
  const candidates = all.filter(({ pid, start }) => pid !== process.pid && start >= tree.since)
  const add = (one: Process) => {
    members.set(one.pid, one)
    known.add(keyOf(one))
  }
  await Promise.all(
    candidates.map(async (one) => {
      const isOurs = one.group === tree.pid || one.session === tree.pid || known.has(keyOf(one))
      if (isOurs || (await isMarked(one.pid, tree.id))) add(one)
    }),
  )
  for (let size = -1; size !== members.size;) {
    size = members.size
    for (const one of candidates) if (members.has(one.parent) && !members.has(one.pid)) add(one)
  }
  return [...members.values()]
}

/** Without a /proc that can be listed, on another system or with no descriptor left, the group is all that is found. */
async function processNames(): Promise<readonly string[] | undefined> {
  try {
    return (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  } catch {
    // Whatever it is, to end the group is better than to end nothing.
    return undefined
  }
}

/** Without /proc the group is one thing: there or not. */
function groupOnly({ pid }: Tree): readonly Process[] {
  if (pid === NOBODY) return []
  return send(-pid, 0) ? [{ pid: -pid, parent: 0, group: pid, session: pid, start: 0 }] : []
}

async function readProcess(pid: string): Promise<Process | undefined> {
  const stat = await readGone(`/proc/${pid}/stat`)
  return stat === undefined ? undefined : parseStat(stat)
}

async function isMarked(pid: number, id: string): Promise<boolean> {
  const environment = await readGone(`/proc/${pid}/environ`)
  return environment?.split('\0').includes(`${RUN_VARIABLE}=${id}`) ?? false
}

/** Fields of /proc/PID/stat, or undefined for a process that is dead but not reaped. Source: proc(5). */
function parseStat(stat: string): Process | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined
  const [parent = 0, group = 0, session = 0] = fields.slice(1, 4).map(Number)
  return { pid: parseInt(stat, 10), parent, group, session, start: Number(fields[19]) }
}

const keyOf = ({ pid, start }: Process) => `${pid}:${start}`

async function readGone(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'latin1')
  } catch {
    // It died meanwhile, or belongs to another user: not one we could end.
    return undefined
  }
}

/** Whether there was someone to signal. */
function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    // ESRCH: it is gone, which is what we want. EPERM: it is there, and another user's.
    return systemCode(error) === 'EPERM'
  }
}
