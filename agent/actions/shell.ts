// Serves action `shell`: the login shell of the agent's user on a terminal, until it exits or its console leaves.
import { setTimeout as delay } from 'node:timers/promises'
import type { InputOf, RequestOf } from '../../protocol/actions/index.ts'
import type { Account } from '../account.ts'
import { loginShell } from '../environment.ts'
import type { Handler } from '../handler.ts'
import { needShell } from '../shells.ts'
import { openTerminal } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'

/** Ctrl-D, which ends a shell that waits for a line. */
const END_OF_INPUT = Buffer.of(4)
const AGAIN_MS = 1_000

export const shell: Handler<'shell'> = async function* shell(
  request,
  { signal, input, operator, works, permit },
) {
  signal.throwIfAborted()
  const terminal = await openTerminal({ ...request, ...programOf(request, permit.account), launch: permit })
  const unregister = works.add({ kind: 'shell', operator: operator.key, end: () => terminal.end() })
  const over = terminal.over.finally(unregister)

  const hangUp = () => void terminal.end()
  signal.addEventListener('abort', hangUp, { once: true })
  if (signal.aborted) hangUp()

  const inputs = input[Symbol.asyncIterator]()
  // An input that breaks is an input that ended; why it broke reaches us by `signal`.
  feed(inputs, terminal, signal).catch(() => undefined)
  try {
    yield* terminal.output
    return await over
  } finally {
    signal.removeEventListener('abort', hangUp)
    // Not awaited: it may wait for a value that never comes.
    inputs.return?.().catch(() => undefined)
    terminal.output.discard()
    await terminal.end()
  }
}

/** A shell asked for by path takes no arguments: it may be any program. */
function programOf(
  { shell }: RequestOf<'shell'>,
  account: Account | undefined,
): { file: string; args: readonly string[] } {
  if (shell !== undefined) return { file: needShell(shell), args: [] }
  return { file: needShell(loginShell(account)), args: ['-l'] }
}

async function feed(
  inputs: AsyncIterator<InputOf<'shell'>>,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  for (let next = await inputs.next(); !next.done; next = await inputs.next()) {
    if ('resize' in next.value) terminal.resize(next.value.resize)
    else await terminal.write(next.value.data)
  }
  // A terminal has no other end of input: without it the shell of `rconsole shell m < script` would wait for ever.
  // Said again, for whoever is not reading yet: a shell that is still starting throws away what came before.
  const over = new AbortController()
  const end = (): void => over.abort()
  terminal.over.then(end, end)
  const stop = AbortSignal.any([signal, over.signal])
  while (!stop.aborted) {
    await terminal.write(END_OF_INPUT)
    await delay(AGAIN_MS, undefined, { ref: false })
  }
}
