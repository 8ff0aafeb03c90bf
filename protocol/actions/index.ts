// The list of everything a machine can be asked to do. Adding one: a file beside this one, a line here.
import type * as v from 'valibot'
import { facts } from './facts.ts'
import { history } from './history.ts'
import { forward } from './forward.ts'
import { get } from './get.ts'
import { lifecycle } from './lifecycle.ts'
import { ping } from './ping.ts'
import { put } from './put.ts'
import { run } from './run.ts'
import { shell } from './shell.ts'

export const actions = { facts, forward, get, history, lifecycle, ping, put, run, shell } as const

export type Actions = typeof actions
export type ActionName = keyof Actions
export type RequestOf<N extends ActionName> = v.InferOutput<Actions[N]['request']>
export type InputOf<N extends ActionName> = v.InferOutput<Actions[N]['input']>
export type OutputOf<N extends ActionName> = v.InferOutput<Actions[N]['output']>
export type ResultOf<N extends ActionName> = v.InferOutput<Actions[N]['result']>

export function isActionName(name: string): name is ActionName {
  return Object.hasOwn(actions, name)
}
