// Another user of this machine than the agent's own, and the programs that become it before anything of an operator's runs.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { findProgram } from './find-program.ts'

/** An entry of the system's table of users. Source: passwd(5). */
export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
  readonly shell: string
}

/** How a program is started: as whom, if not as the agent's own user, and how politely. */
export interface Launch {
  readonly account?: Account | undefined
  /** Added to the niceness, 0 to 19. */
  readonly nice?: number | undefined
}

/** As getpwnam(3) has it, whatever directory that asks. @throws nothing: undefined when there is no such user */
export function findAccount(name: string): Account | undefined {
  const line = table(name)
    .split('\n')
    .find((one) => one.startsWith(`${name}:`))
  if (line === undefined) return undefined
  const [, , uid, gid, , home = '/', shell = ''] = line.split(':')
  return { name, uid: Number(uid), gid: Number(gid), home, shell }
}

/** Whether the agent runs as this user already. */
export function isOwn({ uid }: Account): boolean {
  return process.getuid?.() === uid
}

/**
 * What goes before a program, by absolute path: it runs as the agent's user, so nothing of an operator's may choose it.
 * @throws Error naming what this machine lacks
 */
export function prefixOf({ account, nice }: Launch): readonly string[] {
  const polite = nice === undefined || nice === 0 ? [] : [need('nice'), '-n', String(nice)]
  if (account === undefined) return polite
  const { uid, gid } = account
  // Node and node-pty could set both ids, and would leave no supplementary groups, or root's.
  return [...polite, need('setpriv'), `--reuid=${uid}`, `--regid=${gid}`, '--init-groups', '--']
}

/** Become that user once, for nothing. @throws Error saying in one line why it cannot be done */
export function tryLaunch(launch: Launch): void {
  const [file, ...args] = [...prefixOf(launch), need('true')]
  if (file !== undefined) execFileSync(file, args, { stdio: 'pipe', timeout: 10_000, env: {} })
}

function table(name: string): string {
  const getent = findProgram('getent')
  if (getent === undefined) return readFileSync('/etc/passwd', 'utf8')
  try {
    return execFileSync(getent, ['passwd', name], { encoding: 'utf8', stdio: 'pipe', timeout: 10_000 })
  } catch {
    // Status 2: there is no such user; anything else ends the same way, with a line that names the user.
    return ''
  }
}

function need(name: string): string {
  const path = findProgram(name)
  if (path === undefined) throw new Error(`this machine has no ${name}, which it takes`)
  return path
}

/** The name of the agent's own user, or its number. */
export function ownName(): string {
  try {
    return userInfo().username
  } catch {
    // A numeric user of a container has no entry in /etc/passwd.
    return String(process.getuid?.() ?? 'unknown')
  }
}
