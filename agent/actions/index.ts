// The list of handlers: the compiler asks for each action there is.
import type { Handlers } from '../handler.ts'
import { attach } from './attach.ts'
import { facts } from './facts.ts'
import { lifecycle } from './lifecycle.ts'
import { ping } from './ping.ts'
import { run } from './run.ts'
import { runs } from './runs.ts'
import { shell } from './shell.ts'

export const handlers: Handlers = { attach, facts, lifecycle, ping, run, runs, shell }
