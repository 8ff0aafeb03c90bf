// Shells for the terminal UI, on a real connection.
import { setMaxListeners } from 'node:events'
import type { RequestOf } from '../protocol/actions/index.ts'
import { RconsoleError, toRconsoleError } from '../protocol/errors.ts'
import type { Client } from './client.ts'
import { exitWords } from './fan/states.ts'
import type { Shells, Size } from './ui/shell/remote.ts'
import { newWorkId } from './work-id.ts'

/** What the pane is to a program, wherever we run: what the emulator understands. */
const TERM = 'xterm-256color'

export function uiShells(client: Client, env: NodeJS.ProcessEnv): Shells {
  return {
    async *open(machineId, size, input, signal) {
      const machine = client.machine(machineId)
      if (machine === undefined)
        throw new RconsoleError('NOT_FOUND', 'this machine is not known any more: see the list of machines')
      setMaxListeners(0, signal)
      try {
        const call = client.call(machine, 'shell', requestOf(size, env), { signal, input })
        for (;;) {
          const { done, value } = await call.next()
          if (done === true) return exitWords(value.code, value.signal)
          yield value.data
        }
      } catch (error) {
        throw new Error(toRconsoleError(error).message, { cause: error })
      }
    },
  }
}

function requestOf(size: Size, env: NodeJS.ProcessEnv): RequestOf<'shell'> {
  const language = env['LANG'] === undefined ? {} : { LANG: env['LANG'] }
  return { id: newWorkId(), size, term: TERM, env: { ...language, COLORTERM: 'truecolor' } }
}
