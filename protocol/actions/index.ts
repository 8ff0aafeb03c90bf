// The list of everything a machine can be asked to do. Adding one: a file beside this one, a line here.
import type * as v from 'valibot'
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

export const actions = {
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
} as const

export type Actions = typeof actions
export type ActionName = keyof Actions
export type RequestOf<N extends ActionName> = v.InferOutput<Actions[N]['request']>
export type InputOf<N extends ActionName> = v.InferOutput<Actions[N]['input']>
export type OutputOf<N extends ActionName> = v.InferOutput<Actions[N]['output']>
export type ResultOf<N extends ActionName> = v.InferOutput<Actions[N]['result']>

export function isActionName(name: string): name is ActionName {
  return Object.hasOwn(actions, name)
}
