// The list of subcommands: `rconsole help` is printed from it.
import type { Command } from '../command.ts'
import { audit } from './audit.ts'
import { attach } from './attach.ts'
import { completion } from './completion.ts'
import { config } from './config.ts'
import { connect } from './connect.ts'
import { cp } from './cp.ts'
import { demo } from './demo.ts'
import { disks } from './disks.ts'
import { facts } from './facts.ts'
import { fleet } from './fleet.ts'
import { history } from './history.ts'
import { freeze, unfreeze } from './freeze.ts'
import { forward } from './forward.ts'
import { init } from './init.ts'
import { disconnect, kill, reset } from './lifecycle.ts'
import { login } from './login.ts'
import { logs } from './logs.ts'
import { ls } from './ls.ts'
import { net } from './net.ts'
import { machine } from './machine.ts'
import { operator } from './operator.ts'
import { ping } from './ping.ts'
import { ps } from './ps.ts'
import { rsh } from './rsh.ts'
import { run } from './run.ts'
import { runs } from './runs.ts'
import { services } from './services.ts'
import { set } from './set.ts'
import { shell } from './shell.ts'
import { show } from './show.ts'
import { token } from './token.ts'
import { top } from './top.ts'
import { ui } from './ui.ts'

export const commands: readonly Command[] = [
  demo,
  init,
  login,
  operator,
  fleet,
  token,
  machine,
  ls,
  set,
  show,
  facts,
  ping,
  top,
  ps,
  services,
  logs,
  disks,
  net,
  run,
  runs,
  attach,
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
  freeze,
  unfreeze,
  ui,
  config,
  completion,
]
