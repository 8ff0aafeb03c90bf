// The list of handlers: the compiler asks for each action there is.
import type { Handlers } from '../handler.ts'
import { attach } from './attach.ts'
import { disks } from './disks.ts'
import { facts } from './facts.ts'
import { freeze } from './freeze.ts'
import { forward } from './forward.ts'
import { get } from './get.ts'
import { lifecycle } from './lifecycle.ts'
import { logs } from './logs.ts'
import { metrics } from './metrics.ts'
import { net } from './net.ts'
import { ping } from './ping.ts'
import { processes } from './processes.ts'
import { put } from './put.ts'
import { run } from './run.ts'
import { runs } from './runs.ts'
import { services } from './services.ts'
import { shell } from './shell.ts'
import { signal } from './signal.ts'

export const handlers: Handlers = {
  attach,
  disks,
  facts,
  forward,
  freeze,
  get,
  lifecycle,
  logs,
  metrics,
  net,
  ping,
  processes,
  put,
  run,
  runs,
  services,
  shell,
  signal,
}
