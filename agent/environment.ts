// What the programs we start find around them: their environment, their user's shell, their folder.
import { statSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { resolve } from 'node:path'

/** Carries the id of a run or shell to everything it starts, so that what left its session is still found. */
export const RUN_VARIABLE = 'RAGENT_RUN'

/** The agent's own environment without its secrets, then `extra`, then the mark of the run. */
export function childEnvironment(
  id: string,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const environment = userVariables()
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && name !== 'RAGENT_TOKEN') environment[name] = value
  }
  return { ...environment, ...extra, [RUN_VARIABLE]: id }
}

/** The login shell of the agent's user, by path. */
export function loginShell(): string {
  const shell = process.env['SHELL'] || currentUser()?.shell
  // The users of services have no shell to log in with; the machine's policy, not this entry, says what may run.
  return shell && !/\/(nologin|false)$/.test(shell) ? shell : '/bin/sh'
}

/** Where a program starts: `folder` as seen from the user's home, like ssh; the root for a user without a home. */
export function startFolder(folder = '.'): string {
  const home = homedir()
  return resolve(isFolder(home) ? home : '/', folder)
}

/** A path as an operator writes it: `~/` and relative ones from the home of the agent's user. */
export function fromHome(path: string): string {
  return startFolder(path === '~' ? '.' : path.replace(/^~\//, ''))
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
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
