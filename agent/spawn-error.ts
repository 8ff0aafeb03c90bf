// Why a program could not be started, in words for the person who asked.
import { accessSync, constants } from 'node:fs'
import { RconsoleError, systemCode } from '../protocol/errors.ts'
import { isFolder } from './environment.ts'

/** One line naming the program; the system's own error is its cause. */
export function spawnError(
  error: unknown,
  { file, folder }: { file: string; folder: string },
): RconsoleError {
  const code = systemCode(error)
  const name = file.length > 200 ? `${file.slice(0, 200)}…` : file
  const cause = { cause: error }
  if (code === 'E2BIG') {
    const message = `the arguments and environment of ${name} are larger than this machine takes`
    return new RconsoleError('TOO_BIG', message, cause)
  }
  if (!isFolder(folder)) return new RconsoleError('NO_FOLDER', `there is no folder ${folder}`, cause)
  if (code === 'EACCES' && !isOpen(folder)) {
    return new RconsoleError('NO_FOLDER', `the agent's user may not enter ${folder}`, cause)
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new RconsoleError('NOT_EXECUTABLE', `the agent's user may not execute ${name}`, cause)
  }
  if (code === 'ENOEXEC') return new RconsoleError('NOT_EXECUTABLE', `${name} is not a program`, cause)
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG' || code === 'ELOOP') {
    return new RconsoleError('NO_PROGRAM', `this machine has no program ${name}`, cause)
  }
  if (code === 'EAGAIN' || code === 'ENOMEM' || code === 'EMFILE' || code === 'ENFILE') {
    return new RconsoleError('BUSY', `this machine cannot start ${name} now: ${code}`, cause)
  }
  return new RconsoleError('INTERNAL', `${name} could not be started`, cause)
}

function isOpen(folder: string): boolean {
  try {
    accessSync(folder, constants.X_OK)
    return true
  } catch {
    // Whatever the reason, the folder cannot be entered: that is the answer.
    return false
  }
}
