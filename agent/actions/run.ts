// Serves action `run`: one program or one line of a shell, to its end or to the end of the operator's patience.
import type { InputOf, RequestOf } from '../../protocol/actions/index.ts'
import { RconsoleError } from '../../protocol/errors.ts'
import type { Handler } from '../handler.ts'
import { startProgram } from '../program.ts'
import type { Program } from '../program.ts'
import { shellCommand } from '../shells.ts'
import { after } from '../timer.ts'

export const run: Handler<'run'> = async function* run(request, { signal, input, operator, works, receipt }) {
  signal.throwIfAborted()
  const program = await startProgram({ ...request, argv: argvOf(request.program) })
  let ended: 'timeout' | 'cancelled' | undefined
  const end = (why: 'timeout' | 'cancelled') => {
    if (!program.hasExited) ended ??= why
    return program.end()
  }
  const unregister = works.add({ kind: 'run', operator: operator.key, end: () => end('cancelled') })
  // Without a timeout, or with 0 as for timeout(1), a program may run for ever.
  const stopTimer = request.timeout ? after(request.timeout, () => void end('timeout')) : undefined
  const over = program.over.finally(() => {
    unregister()
    stopTimer?.()
  })
  receipt.until(over.then((exit) => ({ ...exit, ...(ended && { ended }) })))

  const goesOn = () => !request.tied && isGone(signal)
  const leave = () => {
    if (!goesOn()) {
      void end('cancelled')
      return
    }
    // Keeping what it prints from here on is the work of durable runs; until then it must at least not block.
    program.closeInput()
    program.output.discard()
  }
  signal.addEventListener('abort', leave, { once: true })
  if (signal.aborted) leave()

  const inputs = input[Symbol.asyncIterator]()
  // An input that breaks is an input that ended; why it broke reaches us by `signal`.
  feed(inputs, program).catch(() => program.closeInput())
  try {
    yield* program.output
    if (goesOn()) throw signal.reason
    const exit = await over
    return { ...exit, ...(ended && { ended }) }
  } finally {
    signal.removeEventListener('abort', leave)
    // Not awaited: it may wait for a value that never comes.
    inputs.return?.().catch(() => undefined)
    program.output.discard()
    if (!goesOn()) await end('cancelled')
  }
}

function argvOf(program: RequestOf<'run'>['program']): readonly string[] {
  return 'argv' in program ? program.argv : shellCommand(program.shell, program.line)
}

function isGone(signal: AbortSignal): boolean {
  return signal.reason instanceof RconsoleError && signal.reason.code === 'GONE'
}

async function feed(inputs: AsyncIterator<InputOf<'run'>>, program: Program): Promise<void> {
  for (let next = await inputs.next(); !next.done; next = await inputs.next()) {
    if ('signal' in next.value) program.signal(`SIG${next.value.signal}`)
    else await program.write(next.value.data)
  }
  program.closeInput()
}
