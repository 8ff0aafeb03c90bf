// Which machines a person means: names, ids, globs, labels; a comma is AND, several words are OR, ! excludes.
import { RconsoleError } from '../protocol/errors.ts'
import type { RosterQuery } from '../protocol/roster.ts'
import type { Machine } from './machine.ts'

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/
const ID = /^[A-Za-z0-9_-]{20}$/

/** What to ask the relay for: single machines by name or id, or all of them for anything else. */
export function queryFor(words: readonly string[], watch: boolean): RosterQuery {
  if (!words.every((word) => isPlain(word)) || words.length === 0) return { watch }
  const ids = words.filter((word) => ID.test(word))
  return { names: words.filter((word) => NAME.test(word)), ids, watch }
}

/**
 * The machines that `words` mean.
 * @throws USAGE when nothing was given: never means all; NOT_FOUND when nothing matches; AMBIGUOUS when a name means two.
 */
export function select(words: readonly string[], machines: readonly Machine[]): Machine[] {
  const included = words.filter((word) => !word.startsWith('!'))
  if (included.length === 0)
    throw new RconsoleError('NO_TARGET', 'expected a machine (a name, web-*, env=prod, @all), got nothing')
  for (const word of included) checkUnique(word, machines)
  const excluded = words.filter((word) => word.startsWith('!')).map((word) => word.slice(1))
  const ids = new Set(machines.map(({ id }) => id))
  const found = machines.filter(
    (machine) =>
      included.some((word) => matches(word, machine, ids)) &&
      !excluded.some((word) => matches(word, machine, ids)),
  )
  if (found.length === 0) {
    throw new RconsoleError(
      'NOT_FOUND',
      `no machine matches ${words.join(' ')}: rconsole ls shows those there are`,
    )
  }
  return found
}

/** The one machine that `word` means. @throws NOT_FOUND, AMBIGUOUS */
export function selectOne(word: string, machines: readonly Machine[]): Machine {
  const found = select([word], machines)
  // Whoever takes a name that is another's is refused, and does not take the other with them.
  const sound = found.filter(({ name, state }) => name === word && state !== 'refused')
  const [first, ...rest] = sound.length === 1 ? sound : found
  if (first !== undefined && rest.length === 0) return first
  throw new RconsoleError('AMBIGUOUS', `${word} matches ${rest.length + 1} machines; this works on one`)
}

function isPlain(word: string): boolean {
  return NAME.test(word) || ID.test(word)
}

function matches(word: string, machine: Machine, ids: ReadonlySet<string>): boolean {
  return word.split(',').every((part) => matchesPart(part, machine, ids))
}

function matchesPart(part: string, { id, name, labels }: Machine, ids: ReadonlySet<string>): boolean {
  if (part === '@all') return true
  // An id is the key's; a name may be anyone's choice, even another machine's id.
  if (ids.has(part)) return part === id
  const [label, value] = splitOnce(part, '=')
  if (value !== undefined) return Object.hasOwn(labels, label) && glob(value).test(labels[label] ?? '')
  return glob(part).test(name)
}

/** A name that two machines claim is refused: identity is the key. */
function checkUnique(word: string, machines: readonly Machine[]): void {
  if (!NAME.test(word) || machines.some(({ id }) => id === word)) return
  const named = machines.filter(({ name, state }) => name === word && state !== 'refused')
  if (named.length < 2) return
  const ids = named.map(({ id }) => id).join(', ')
  throw new RconsoleError(
    'AMBIGUOUS',
    `${named.length} machines are called ${word}: name one by its id (${ids})`,
  )
}

function glob(pattern: string): RegExp {
  const parts = pattern.split(/([*?])/).map((part) => {
    if (part === '*') return '.*'
    if (part === '?') return '.'
    return part.replace(/[\\^$.|+()[\]{}]/g, String.raw`\$&`)
  })
  return new RegExp(`^${parts.join('')}$`, 'u')
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}
