// The list of handlers: the compiler asks for each action there is.
import type { Handlers } from '../handler.ts'
import { facts } from './facts.ts'
import { history } from './history.ts'
import { forward } from './forward.ts'
import { get } from './get.ts'
import { lifecycle } from './lifecycle.ts'
import { ping } from './ping.ts'
import { put } from './put.ts'
import { run } from './run.ts'
import { shell } from './shell.ts'

export const handlers: Handlers = { facts, forward, get, history, lifecycle, ping, put, run, shell }
