// What the programs we start find around them: their environment, their user's shell, their folder.
import { statSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { resolve } from 'node:path'
import type { Account } from './account.ts'

/** Carries the id of a run or shell to everything it starts, so that what left its session is still found. */
export const RUN_VARIABLE = 'RAGENT_RUN'

/** Ours: tokens, homes, passphrases. No program that we start has any use for them. */
const OURS = /^(?:RAGENT|RCONSOLE)_/
/** What another user may have of the agent's environment: where programs are, and how this place speaks. */
const FOR_OTHERS = /^(?:PATH|LANG|LC_[A-Z]+|TZ)$/

/** The environment of the agent's user, or of `account`, without what is ours; then `extra`, then the mark of the run. */
export function childEnvironment(
  id: string,
  extra: Readonly<Record<string, string>> = {},
  account?: Account,
): Record<string, string> {
  const isKept = (name: string): boolean => (account ? FOR_OTHERS.test(name) : !OURS.test(name))
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && isKept(name)) kept[name] = value
  }
  const environment = account ? { ...kept, ...variablesOf(account) } : { ...userVariables(), ...kept }
  return { ...environment, ...extra, [RUN_VARIABLE]: id }
}

/** The login shell of the user, by path. */
export function loginShell(account?: Account): string {
  const shell = account ? account.shell : process.env['SHELL'] || currentUser()?.shell
  // The users of services have no shell to log in with; the machine's policy, not this entry, says what may run.
  return shell && !/\/(nologin|false)$/.test(shell) ? shell : '/bin/sh'
}

/** Where a program starts: `folder` as seen from the user's home, like ssh; the root for a user without a home. */
export function startFolder(folder = '.', account?: Account): string {
  const home = account ? account.home : homedir()
  return resolve(isFolder(home) ? home : '/', folder)
}

/** A path as an operator writes it: `~/` and relative ones from the home of the agent's user. */
export function fromHome(path: string): string {
  return startFolder(path === '~' ? '.' : path.replace(/^~\//, ''))
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

function variablesOf(account: Account): Record<string, string> {
  const { name, home } = account
  return { HOME: home, USER: name, LOGNAME: name, SHELL: loginShell(account) }
}

/** A service starts without these, and shells and git do not work well without them. */
function userVariables(): Record<string, string> {
  const user = currentUser()
  if (!user) return {}
  return { HOME: user.homedir, USER: user.username, LOGNAME: user.username, SHELL: loginShell() }
}

function currentUser() {
  try {
    return userInfo()
  } catch {
    // A numeric user of a container has no entry in /etc/passwd.
    return undefined
  }
}
