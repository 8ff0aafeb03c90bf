// The same question to several machines, a few at a time; who cannot answer is named, and the others are shown.
import { toRconsoleError } from '../protocol/errors.ts'
import type { Context } from './context.ts'
import type { Client } from './client.ts'
import { type Io, say } from './io.ts'
import type { Machine } from './machine.ts'

/** At once: what they may send ahead together stays below 16 MiB. */
const AT_ONCE = 16

export interface Answer<T> {
  readonly machine: Machine
  readonly value: T
}

export interface Gathered<T> {
  /** In the order of the machines' names. */
  readonly answers: readonly Answer<T>[]
  /** 0, or 1 if any machine failed. */
  readonly status: number
  /** Whether several were asked, so that each row has to say whose it is. */
  readonly isMany: boolean
}

/** Ask every machine that `words` mean; one line on stderr for each that fails. @throws NO_TARGET, NOT_FOUND, AMBIGUOUS */
export async function gather<T>(
  context: Context,
  words: readonly string[],
  ask: (client: Client, machine: Machine) => Promise<T>,
): Promise<Gathered<T>> {
  return await withMachines(context, words, async (client, machines) => {
    const answers: Answer<T>[] = []
    const failed = await inTurns(context.io, machines, async (machine) => {
      answers.push({ machine, value: await ask(client, machine) })
    })
    answers.sort((one, other) => one.machine.name.localeCompare(other.machine.name))
    return { answers, status: failed > 0 ? 1 : 0, isMany: machines.length > 1 }
  })
}

/** Do `work` with the machines that `words` mean: at least one. @throws NO_TARGET, NOT_FOUND, AMBIGUOUS */
export async function withMachines<T>(
  context: Context,
  words: readonly string[],
  work: (client: Client, machines: Machine[]) => Promise<T>,
): Promise<T> {
  return await context.withClient(async (client) => work(client, await context.selected(client, words)))
}

/** Do `work` for each machine, `most` at a time; how many failed, each with a line on stderr. */
export async function inTurns(
  io: Io,
  machines: readonly Machine[],
  work: (machine: Machine) => Promise<void>,
  most = AT_ONCE,
): Promise<number> {
  const waiting = machines.values()
  let failed = 0
  const worker = async (): Promise<void> => {
    for (const machine of waiting) {
      try {
        await work(machine)
      } catch (error) {
        // The person ended it, not the machine; and of one machine it is simply the failure of the command.
        io.signal.throwIfAborted()
        if (machines.length === 1) throw error
        failed++
        say(io, `rconsole: ${failureOf(machine, error)}`)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(most, machines.length) }, worker))
  return failed
}

/** One line on why a machine did not answer, with its name in it once. */
export function failureOf({ name }: Machine, error: unknown): string {
  const { message } = toRconsoleError(error)
  return message.includes(name) ? message : `${name}: ${message}`
}
