// Serves action `run`: one program or one line of a shell, to its end or to the end of the operator's patience.
import type { InputOf, RequestOf } from '../../protocol/actions/index.ts'
import { RconsoleError } from '../../protocol/errors.ts'
import type { Account } from '../account.ts'
import type { Permit } from '../gate.ts'
import type { Handler } from '../handler.ts'
import { startProgram } from '../program.ts'
import type { Program } from '../program.ts'
import { shellCommand } from '../shells.ts'
import { after } from '../timer.ts'

type Ended = 'timeout' | 'cancelled' | 'output'

export const run: Handler<'run'> = async function* run(request, { signal, input, operator, works, permit }) {
  signal.throwIfAborted()
  let ended: Ended | undefined
  let started: Program | undefined
  const end = async (why: Ended): Promise<void> => {
    // Before it has started there is nothing to end; that it was told to is remembered.
    if (started?.hasExited !== true) ended ??= why
    await started?.end()
  }
  // Before anything is waited for: the owner may have said how many there may be.
  const unregister = works.add({ kind: 'run', operator: operator.key, end: () => end('cancelled') })
  const program = await start(request, permit, (why) => void end(why)).catch((error: unknown) => {
    unregister()
    throw error
  })
  started = program
  if (ended !== undefined) void program.end()
  // Without a timeout, or with 0 as for timeout(1), a program may run for ever; unless the owner set one.
  const timeout = Math.min(request.timeout || Infinity, permit.timeout ?? Infinity)
  const stopTimer = timeout === Infinity ? undefined : after(timeout, () => void end('timeout'))
  const over = program.over.finally(() => {
    unregister()
    stopTimer?.()
  })

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

async function start(request: RequestOf<'run'>, permit: Permit, end: (why: Ended) => void): Promise<Program> {
  const { output } = permit
  return await startProgram({
    ...request,
    argv: argvOf(request.program, permit.account),
    launch: permit,
    most: output === undefined ? undefined : { bytes: output, exceeded: () => end('output') },
  })
}

function argvOf(program: RequestOf<'run'>['program'], account: Account | undefined): readonly string[] {
  return 'argv' in program ? program.argv : shellCommand(program.shell, program.line, account)
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
