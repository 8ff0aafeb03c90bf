// The list of subcommands: `rconsole help` is printed from it.
import type { Command } from '../command.ts'
import { audit } from './audit.ts'
import { connect } from './connect.ts'
import { cp } from './cp.ts'
import { demo } from './demo.ts'
import { facts } from './facts.ts'
import { fleet } from './fleet.ts'
import { history } from './history.ts'
import { forward } from './forward.ts'
import { init } from './init.ts'
import { disconnect, kill, reset } from './lifecycle.ts'
import { ls } from './ls.ts'
import { ping } from './ping.ts'
import { rsh } from './rsh.ts'
import { run } from './run.ts'
import { shell } from './shell.ts'
import { token } from './token.ts'
import { ui } from './ui.ts'

export const commands: readonly Command[] = [
  demo,
  init,
  fleet,
  token,
  ls,
  facts,
  ping,
  run,
  connect,
  shell,
  cp,
  rsh,
  forward,
  kill,
  reset,
  disconnect,
  history,
  audit,
  ui,
]
