// Action `signal`: a signal to one process, named so that another with the same number is never hit.
import * as v from 'valibot'
import { defineAction, nothing, pid, text, whole } from '../action.ts'
import { SIGNALS } from './run.ts'

export const PROCESS_SIGNALS = [...SIGNALS, 'STOP', 'CONT'] as const

export const signal = defineAction({
  name: 'signal',
  request: v.strictObject({
    pid,
    /** As `processes` told it. */
    start: whole(0, 2 ** 53),
    signal: v.picklist(PROCESS_SIGNALS),
  }),
  input: nothing,
  output: nothing,
  result: v.strictObject({ name: text(256) }),
  needs: () => ({ role: 'operator', rule: 'control' }),
})
