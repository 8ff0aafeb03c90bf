// Where a run is: by what this console remembers, or by asking the machines.
import type { ResultOf } from '../protocol/actions/index.ts'
import { RconsoleError, toRconsoleError } from '../protocol/errors.ts'
import { ask } from './ask.ts'
import type { Client } from './client.ts'
import type { Context } from './context.ts'
import type { Machine } from './machine.ts'
import { selectOne } from './targets.ts'

/** Machines asked at once. */
const AT_ONCE = 50

type Listed = ResultOf<'runs'>['runs'][number]

/** What a machine says, or why it says nothing. */
export interface Answer {
  readonly machine: Machine
  readonly runs: readonly Listed[]
  readonly silent?: RconsoleError
}

/** The machines that run `id` is on, or the one that `word` names; one at least. @throws NOT_FOUND, AMBIGUOUS, and what connecting throws */
export async function machinesOf(
  context: Context,
  client: Client,
  id: string,
  word: string | undefined,
): Promise<Machine[]> {
  if (word !== undefined) return [selectOne(word, await context.machines(client, [word]))]
  const noted = context.runBook.find(id)
  if (noted !== undefined)
    return await context.machines(
      client,
      noted.machines.map((machine) => machine.id),
    )
  const answers = await askRuns(client, await context.machines(client, ['@all']), { ids: [id], limit: 1 })
  const found = answers.filter(({ runs }) => runs.length > 0).map(({ machine }) => machine)
  if (found.length > 0) return found
  throw new RconsoleError('NOT_FOUND', `no machine that is online knows run ${id} of yours`)
}

interface Asked {
  readonly ids?: string[]
  readonly limit: number
  readonly all?: boolean
}

/** Ask each machine that is online for its runs, some at once. Never throws: who is silent says why. */
export async function askRuns(
  client: Client,
  machines: readonly Machine[],
  asked: Asked,
  signal?: AbortSignal,
): Promise<Answer[]> {
  const answers: Answer[] = []
  const waiting = [...machines]
  const work = async (): Promise<void> => {
    for (let machine = waiting.shift(); machine !== undefined; machine = waiting.shift()) {
      answers.push(await askOne(client, machine, asked, signal))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  const order = new Map(machines.map(({ id }, index) => [id, index]))
  return answers.toSorted((a, b) => (order.get(a.machine.id) ?? 0) - (order.get(b.machine.id) ?? 0))
}

async function askOne(
  client: Client,
  machine: Machine,
  asked: Asked,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  if (machine.state !== 'online')
    return { machine, runs: [], silent: new RconsoleError('OFFLINE', `${machine.name} is ${machine.state}`) }
  try {
    const { runs } = await ask(client, machine, 'runs', asked, signal)
    return { machine, runs }
  } catch (error) {
    return { machine, runs: [], silent: toRconsoleError(error) }
  }
}
