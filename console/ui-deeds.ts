// What the terminal UI does to machines and reads of the fleet, on a real connection.
import { RconsoleError, toRconsoleError } from '../protocol/errors.ts'
import { isRevoked } from '../protocol/fleet.ts'
import { ask, order } from './ask.ts'
import type { Client } from './client.ts'
import type { Context } from './context.ts'
import { type Deed, deedsOf, endOf, whatOf, whoOf } from './deeds.ts'
import type { Machine } from './machine.ts'
import { scopeFlags } from './people.ts'
import { readHistory } from './receipts.ts'
import { knownTokens } from './tokens.ts'
import type { Books, DoneRow, OperatorRow, Reading, TokenRow } from './ui/books.ts'
import type { Order } from './ui/fleet.ts'
import type { Who } from './who.ts'

/** Machines whose receipts are read at once. */
const AT_ONCE = 8

export function uiOrder(client: Client): Order {
  return async (word, id) => {
    const machine = mustKnow(client, id)
    const { name } = machine
    try {
      if (word === 'freeze' || word === 'unfreeze') {
        const { runs, shells } = await ask(client, machine, 'freeze', { word })
        if (word === 'unfreeze') return `${name} is not frozen any more; ${runs} runs go on`
        return `${name} is frozen; ${shells} shells hung up, ${runs} runs go on`
      }
      const { runs, shells } = await order(client, machine, { word })
      const done = { kill: 'killed', reset: 'reset', disconnect: 'disconnected' }[word]
      return `${name} ${done}: ended ${runs} runs and ${shells} shells`
    } catch (error) {
      throw named(machine, error)
    }
  }
}

export function uiBooks(client: Client, context: Context, who: Who): Books {
  const { fleet, operator } = who
  return {
    history: (ids) => historyOf(client, context, who, ids),
    async tokens(show) {
      const known = await knownTokens(client, fleet, Date.now())
      show(
        known.map(({ id, state, exp, uses, max, by, labels, approve }): TokenRow => ({
          id,
          state,
          until: exp * 1000,
          uses: uses.length,
          max,
          by,
          labels: Object.entries(labels)
            .map((label) => label.join('='))
            .join(','),
          waits: approve,
          machines: uses.map(({ name }) => name),
        })),
      )
    },
    operators(show) {
      show(
        fleet.body.operators.map((entry): OperatorRow => ({
          name: entry.name,
          role: entry.role,
          scope: scopeFlags(entry.scope).join(' '),
          until: entry.exp * 1000,
          isRevoked: isRevoked(fleet, entry.key),
          isToken: entry.token === true,
          isYou: entry.key === operator.public,
          key: entry.key,
        })),
      )
      return Promise.resolve()
    },
  }
}

/** The newest first, as the machines answer; at the end one line for those that could not be asked. */
function historyOf(
  client: Client,
  { witness }: Context,
  { fleet }: Who,
  ids: readonly string[],
): Reading<DoneRow> {
  return async (show, signal) => {
    const known = client.machines.filter(({ standing }) => standing !== 'forgotten')
    const waiting = ids.length === 0 ? known : known.filter(({ id }) => ids.includes(id))
    const deeds: Deed[] = []
    const problems: string[] = []
    const work = async (): Promise<void> => {
      for (let machine = waiting.shift(); machine !== undefined; machine = waiting.shift()) {
        signal.throwIfAborted()
        try {
          const seen = witness.machineHeads(machine.id)
          const { receipts, broken } = await readHistory(client, machine, { seen, signal })
          deeds.push(...deedsOf(machine, receipts, fleet.body.operators))
          if (broken !== undefined)
            problems.push(
              `${machine.name}: RECEIPT ${broken.n} ${broken.what}: ${broken.why} (rconsole audit verify ${machine.name})`,
            )
        } catch (error) {
          problems.push(named(machine, error).message)
        }
        show(deeds.toSorted((one, other) => other.t - one.t).map((deed) => rowOf(deed)))
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    const [first, ...others] = problems
    if (first !== undefined)
      throw new RconsoleError(
        'FAILED',
        others.length === 0 ? first : `${first} (and ${others.length} more machines)`,
      )
  }
}

function rowOf(deed: Deed): DoneRow {
  const { machine, n, t, asked, outcome } = deed
  const isGood = outcome.word !== 'refused' && outcome.word !== 'failed' && (outcome.status ?? 0) === 0
  return {
    id: `${machine.id} ${n}`,
    // A hostile machine may date its receipts beyond what a date can be.
    at: t <= 8.64e15 ? t : 0,
    machine: machine.name,
    operator: whoOf(deed),
    action: asked.action,
    outcome: endOf(deed),
    isGood,
    what: whatOf(deed),
  }
}

function mustKnow(client: Client, id: string): Machine {
  const machine = client.machines.find((known) => known.id === id)
  if (machine !== undefined) return machine
  throw new RconsoleError('NOT_FOUND', 'this machine is not known any more')
}

/** The failure, with the machine's name in it. */
function named({ name }: Machine, error: unknown): RconsoleError {
  const { code, message } = toRconsoleError(error)
  return new RconsoleError(code, message.includes(name) ? message : `${name}: ${message}`, { cause: error })
}
