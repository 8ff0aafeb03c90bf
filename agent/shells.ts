// Which shell of the machine reads a line.
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { SHELLS } from '../protocol/actions/run.ts'
import { RconsoleError } from '../protocol/errors.ts'
import { loginShell } from './environment.ts'

export type ShellName = (typeof SHELLS)[number]

/**
 * The arguments that make a shell read `line`.
 * @throws NO_SHELL if this machine lacks it.
 */
export function shellCommand(shell: ShellName, line: string): readonly string[] {
  switch (shell) {
    case 'own':
      return [needShell(loginShell()), '-c', line]
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

/** A name is looked up on PATH, a path is taken as it is. */
function findProgram(name: string): string | undefined {
  if (name.includes('/')) return isProgram(name) ? name : undefined
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.map((folder) => join(folder, name)).find(isProgram)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    // Absent or not ours to execute: either way not a shell for us.
    return false
  }
}
