// The command that starts a program of an operator's: as which user, how politely, with which environment.
import { RconsoleError } from '../protocol/errors.ts'
import { type Launch, prefixOf } from './account.ts'
import { childEnvironment, RUN_VARIABLE } from './environment.ts'
import { findProgram } from './find-program.ts'

export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly env: Record<string, string>
}

export interface Wanted {
  /** The id of the run or shell, which the environment carries. */
  readonly id: string
  readonly argv: readonly string[]
  readonly folder: string
  readonly env?: Readonly<Record<string, string>> | undefined
  readonly launch?: Launch | undefined
}

/** @throws NO_PROGRAM, NOT_EXECUTABLE; without a prefix the system itself says so when it is started */
export function commandFor({ id, argv, folder, env = {}, launch = {} }: Wanted): Command {
  const { account } = launch
  const [file = '', ...args] = argv
  const prefix = prefixOf(launch)
  const own = childEnvironment(id, account ? {} : env, account)
  const [first, ...rest] = prefix
  if (first === undefined) return { file, args, env: own }
  const path = env['PATH'] ?? own['PATH']
  // What goes before it would say it in words of its own, and end with a status that looks like the program's.
  if (findProgram(file, { path, folder }) === undefined) {
    throw new RconsoleError('NO_PROGRAM', `this machine has no program ${file.slice(0, 200)}`)
  }
  const late = account ? variablesAfter(env, file) : []
  return { file: first, args: [...rest, ...late, file, ...args], env: own }
}

/**
 * Variables of an operator are set by env(1) once the user has changed: what goes before runs as the agent's user, and
 * LD_PRELOAD would make it anyone's. Until the program begins they stand in a command line that others may list.
 */
function variablesAfter(env: Readonly<Record<string, string>>, file: string): readonly string[] {
  const pairs = Object.entries(env)
    .filter(([name]) => name !== RUN_VARIABLE)
    .map((pair) => pair.join('='))
  if (pairs.length === 0) return []
  const path = findProgram('env')
  if (path === undefined || file.includes('=')) {
    throw new RconsoleError(
      'NOT_EXECUTABLE',
      'variables cannot be set here for another user: no env(1), or = in the name of the program',
    )
  }
  return [path, ...pairs]
}
