// What was asked of machines and how it ended, put together from their receipts, for people and scripts.
import { clean } from '../protocol/clean.ts'
import type { Operator } from '../protocol/fleet.ts'
import type { Asked, Outcome, Receipt } from '../protocol/receipt.ts'
import type { Machine } from './machine.ts'

/** One request to one machine. */
export interface Deed {
  readonly machine: Machine
  readonly n: number
  /** Milliseconds since 1970, by the machine's clock. */
  readonly t: number
  readonly asked: Asked
  /** How it ended, or how it stands. */
  readonly outcome: Outcome
  readonly endedAt: number | undefined
  /** The operator's name in the document, which the machine cannot choose. */
  readonly operator: string | undefined
}

/** The requests of `receipts`, each with its end where there is one. */
export function deedsOf(
  machine: Machine,
  receipts: readonly Receipt[],
  operators: readonly Operator[],
): Deed[] {
  const ends = new Map<number, Receipt>()
  for (const receipt of receipts) if (receipt.of !== undefined) ends.set(receipt.of, receipt)
  return receipts.flatMap(({ n, t, asked, outcome }) => {
    if (asked === undefined) return []
    const end = ends.get(n)
    const operator = operators.find(({ key }) => key === asked.operator)?.name
    return [{ machine, n, t, asked, outcome: end?.outcome ?? outcome, endedAt: end?.t, operator }]
  })
}

/** Who, in one word: the document's name, or the machine's word for a key that is not in it. */
export function whoOf({ operator, asked }: Deed): string {
  return operator ?? `${asked.name}?`
}

/** What was asked, in one line: the words of a program, the line for a shell, the word of an order. */
export function whatOf({ asked }: Deed): string {
  const request = fieldsOf(asked.request)
  if (request === undefined) return clean(asked.request)
  const { program, id: _id, ...rest } = request
  const env = Array.isArray(rest['env']) ? [`env ${rest['env'].join(' ')}`] : []
  if (program !== undefined) return clean([programLine(program), ...env].join('  '))
  const fields = Object.entries(rest).filter(([name]) => name !== 'size' && name !== 'term')
  return clean(fields.map(([name, value]) => `${name}=${plain(value)}`).join(' '))
}

/** How it ended, in a word or two. */
export function endOf({ outcome }: Deed): string {
  const { word, code, status, signal, ended } = outcome
  const how = ended ?? signal ?? status ?? code
  return clean(how === undefined || how === null ? word : `${word} ${how}`)
}

function fieldsOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    // Shortened, or refused because it is none: shown as it came.
    return undefined
  }
}

function programLine(program: unknown): string {
  if (typeof program !== 'object' || program === null) return plain(program)
  if ('line' in program) return plain(program.line)
  return 'argv' in program && Array.isArray(program.argv) ? program.argv.map(quoted).join(' ') : ''
}

function quoted(word: unknown): string {
  const text = plain(word)
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
