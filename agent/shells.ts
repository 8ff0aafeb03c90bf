// Which shell of the machine reads a line.
import type { SHELLS } from '../protocol/actions/run.ts'
import { RconsoleError } from '../protocol/errors.ts'
import type { Account } from './account.ts'
import { loginShell } from './environment.ts'
import { findProgram } from './find-program.ts'

export type ShellName = (typeof SHELLS)[number]

/**
 * The arguments that make a shell read `line`.
 * @throws NO_SHELL if this machine lacks it.
 */
export function shellCommand(shell: ShellName, line: string, account?: Account): readonly string[] {
  switch (shell) {
    case 'own':
      return [needShell(loginShell(account)), '-c', line]
    case 'sh':
      return [needShell('/bin/sh'), '-c', line]
    case 'cmd':
      return [needShell('cmd.exe'), '/d', '/s', '/c', line]
    case 'powershell':
      return [needShell('pwsh', 'powershell.exe', 'powershell'), '-NoProfile', '-Command', line]
    default:
      return shell satisfies never
  }
}

/**
 * The path of the first of `names` that this machine has.
 * @throws NO_SHELL naming them.
 */
export function needShell(...names: readonly string[]): string {
  for (const name of names) {
    const path = findProgram(name)
    if (path !== undefined) return path
  }
  throw new RconsoleError('NO_SHELL', `this machine has no ${names.join(' or ')}`)
}
