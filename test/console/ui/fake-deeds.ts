// What the UI may do and read in tests: orders are written down, and the books hold what a test puts there.
import type { Books, DoneRow, OperatorRow, TokenRow } from '../../../console/ui/books.ts'
import type { OrderWord } from '../../../console/ui/fleet.ts'

export class FakeDeeds {
  /** `kill id-web-0001`, in the order in which they were given. */
  readonly orders: string[] = []
  readonly sets: string[] = []
  done: readonly DoneRow[] = []
  known: readonly TokenRow[] = []
  people: readonly OperatorRow[] = []
  readonly books: Books = {
    history: (ids) => async (show) =>
      show(this.done.filter(({ machine }) => ids.length === 0 || ids.includes(`id-${machine}`))),
    tokens: async (show) => show(this.known),
    operators: async (show) => show(this.people),
  }

  /** Fails for a machine whose name ends in 2. */
  order = async (word: OrderWord, id: string): Promise<string> => {
    this.orders.push(`${word} ${id}`)
    if (id.endsWith('2')) throw new Error(`${id.slice(3)}: frozen by alice`)
    return `${id.slice(3)} ${word}: ended 1 runs and 0 shells`
  }

  saveSet = (name: string, machines: readonly string[]): void => {
    if (name === 'all') throw new Error('set: "all" cannot name a set')
    this.sets.push(`${name}: ${machines.join(' ')}`)
  }
}
