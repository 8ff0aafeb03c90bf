// The list of subcommands: `rconsole help` is printed from it.
import type { Command } from '../command.ts'
import { demo } from './demo.ts'
import { fleet } from './fleet.ts'
import { init } from './init.ts'
import { ls } from './ls.ts'
import { run } from './run.ts'
import { token } from './token.ts'

export const commands: readonly Command[] = [demo, init, fleet, token, ls, run]
