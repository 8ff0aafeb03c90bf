// Names folded as ranges, 'web-[1-24] db-[01-03]': short to read, and words that are targets again.
import { isPadded } from './pattern.ts'

/** A number with more digits is taken for text: no fleet counts that far. */
const MOST_DIGITS = 15

/** One name or several: text and numbers in turn, each number a list of ranges once it is folded. */
interface Folded {
  readonly texts: readonly string[]
  readonly numbers: readonly string[]
}

/** `names` (each once) as words, sorted, that together mean exactly these. */
export function foldNames(names: readonly string[]): string[] {
  const shapes = new Map<string, Folded[]>()
  for (const name of new Set(names)) {
    const split = splitName(name)
    const shape = JSON.stringify(split.texts)
    const alike = shapes.get(shape)
    if (alike === undefined) shapes.set(shape, [split])
    else alike.push(split)
  }
  const words = [...shapes.values()].flatMap((alike) => foldShape(alike).map(written))
  return words.toSorted((one, other) => byName(firstOf(one), firstOf(other)))
}

/** In the order that a person expects: web-2 before web-10. */
export function byName(one: string, other: string): number {
  return ORDER.compare(one, other) || (one < other ? -1 : Number(one > other))
}

const ORDER = new Intl.Collator('en', { numeric: true })

/** The first name that a word means. */
function firstOf(word: string): string {
  return word.replace(/\[(\d+)[^\]]*\]/g, '$1')
}

function splitName(name: string): Folded {
  const texts = ['']
  const numbers: string[] = []
  for (const piece of name.split(/(\d+)/)) {
    if (/^\d+$/.test(piece) && piece.length <= MOST_DIGITS) {
      numbers.push(piece)
      texts.push('')
    } else texts.push(`${texts.pop() ?? ''}${piece}`)
  }
  return { texts, numbers }
}

/** Fold one number after the other, from the last: what agrees in all the others becomes one list of ranges. */
function foldShape(alike: readonly Folded[]): Folded[] {
  let items = [...alike]
  for (let at = (alike[0]?.numbers.length ?? 0) - 1; at >= 0; at--) {
    const groups = new Map<string, Folded[]>()
    for (const item of items) {
      const others = JSON.stringify(item.numbers.toSpliced(at, 1))
      const group = groups.get(others)
      if (group === undefined) groups.set(others, [item])
      else group.push(item)
    }
    items = [...groups.values()].flatMap(([first, ...rest]) => {
      if (first === undefined) return []
      const values = [first, ...rest].map(({ numbers }) => numbers[at] ?? '')
      return [{ ...first, numbers: first.numbers.with(at, rangesOf(values)) }]
    })
  }
  return items
}

/** '1-24,30' of single numbers. Padded and plain numbers are ranges of their own: 08 and 8 are two names. */
function rangesOf(values: readonly string[]): string {
  const widths = new Set(values.filter((value) => isPadded(value)).map((value) => value.length))
  const classOf = (value: string): number => (widths.has(value.length) ? value.length : 0)
  const sorted = values.toSorted((one, other) => classOf(one) - classOf(other) || Number(one) - Number(other))
  const runs: { readonly first: string; last: string }[] = []
  for (const value of sorted) {
    const run = runs.at(-1)
    if (run !== undefined && value === following(run.last, isPadded(run.first) ? run.first.length : 0)) {
      run.last = value
    } else runs.push({ first: value, last: value })
  }
  return runs.map(({ first, last }) => (first === last ? first : `${first}-${last}`)).join(',')
}

function following(value: string, width: number): string {
  return String(Number(value) + 1).padStart(width, '0')
}

function written({ texts, numbers }: Folded): string {
  return texts
    .map((text, index) => {
      const number = numbers[index]
      if (number === undefined) return text
      return /\D/.test(number) ? `${text}[${number}]` : `${text}${number}`
    })
    .join('')
}
