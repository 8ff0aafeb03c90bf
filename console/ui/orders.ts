// kill, reset, disconnect, freeze and unfreeze on the machines that are meant: asked first, then done, then said.
import type { MachineRow, Order, OrderWord } from './fleet.ts'
import { definePage, keyTable, type Page, READ_ONLY, type Ui } from './page.ts'

export const ORDER_KEYS = keyTable([
  { key: ['K'], label: 'K', description: 'kill the agent', command: 'kill', changes: true },
  { key: ['R'], label: 'R', description: 'reset the agent', command: 'reset', changes: true },
  { key: ['D'], label: 'D', description: 'end my sessions there', command: 'disconnect', changes: true },
  { key: ['F'], label: 'F', description: 'freeze', command: 'freeze', changes: true },
  { key: ['U'], label: 'U', description: 'unfreeze', command: 'unfreeze', changes: true },
])

/** What happens, in the words of the question. */
const MEANING: Readonly<Record<Exclude<OrderWord, 'unfreeze'>, string>> = {
  kill: 'The agent ends, and all that it runs. The machine goes on, but nobody reaches it until its agent is started there.',
  reset:
    'All sessions of all operators end, shells too. The agent reads its settings anew and is back within seconds; runs go on.',
  disconnect: 'Your own sessions end, shells too. The agent stays connected; runs go on.',
  freeze:
    'The agent refuses everything but facts, ping and kill until an admin unfreezes it. Shells hang up; runs go on.',
}

/** Names in a question; the number of the others follows. */
const NAMES = 20
/** Machines that are spoken to at the same time. */
const AT_ONCE = 16

export class Orders {
  readonly #ui: Ui
  readonly #order: Order

  constructor(ui: Ui, order: Order) {
    this.#ui = ui
    this.#order = order
  }

  /** The keys for a page whose actions mean `targets`. */
  keysFor(targets: () => readonly MachineRow[]): Pick<Page, 'keys' | 'obey'> {
    return definePage(ORDER_KEYS, {
      kill: () => this.ask('kill', targets()),
      reset: () => this.ask('reset', targets()),
      disconnect: () => this.ask('disconnect', targets()),
      freeze: () => this.ask('freeze', targets()),
      unfreeze: () => this.ask('unfreeze', targets()),
    })
  }

  /** Only to unfreeze needs no second thought. */
  ask(word: OrderWord, machines: readonly MachineRow[]): void {
    const [first] = machines
    if (first === undefined) {
      this.#ui.say(`${word}: no machine is selected.`)
      return
    }
    if (this.#ui.isReadOnly) {
      this.#ui.say(READ_ONLY)
      return
    }
    const confirmed = (): void => void this.#give(word, machines)
    if (word === 'unfreeze') {
      confirmed()
      return
    }
    const typed = machines.length === 1 ? first.name : String(machines.length)
    const what = machines.length === 1 ? first.name : `${machines.length} machines`
    const names = machines.length === 1 ? [] : [namesOf(machines), '']
    this.#ui.confirm({ text: [`${word} ${what}`, ...names, MEANING[word]], typed, confirmed })
  }

  /** Each machine that fails says why; one line at the end for all. */
  async #give(word: OrderWord, machines: readonly MachineRow[]): Promise<void> {
    const waiting = [...machines]
    let done = 0
    const work = async (): Promise<void> => {
      for (let machine = waiting.shift(); machine !== undefined; machine = waiting.shift()) {
        try {
          const line = await this.#order(word, machine.id)
          done += 1
          if (machines.length === 1) this.#ui.say(line)
        } catch (error) {
          this.#ui.fail(error)
        }
      }
    }
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, machines.length) }, work))
    if (machines.length > 1) this.#ui.say(`${word}: done on ${done} of ${machines.length} machines.`)
  }
}

function namesOf(machines: readonly MachineRow[]): string {
  const names = machines.slice(0, NAMES).map(({ name }) => name)
  const more = machines.length - names.length
  return more === 0 ? names.join(', ') : `${names.join(', ')} and ${more} more`
}
