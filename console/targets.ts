// Which machines a person means: names, ids, globs, labels; a comma is AND, several words are OR, ! excludes.
import { RconsoleError } from '../protocol/errors.ts'
import type { RosterQuery } from '../protocol/roster.ts'
import type { Labels } from '../protocol/statement.ts'
import { parts, pattern } from './pattern.ts'

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/
const ID = /^[A-Za-z0-9_-]{20}$/
/** Names in one question to the relay; more than that, and all machines are asked for. */
const MOST_NAMES = 1024

/** What of a machine a target can mean. */
export interface Targetable {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly labels: Labels
}

/** What @words mean beyond @all: sets that were saved, and how machines came out of a run. */
export interface Meanings {
  /** The words of the set called `name`. */
  set(name: string): readonly string[] | undefined
  /** The ids of the machines that were `outcome` ('odd', 'odd:RUN'); undefined: no such word. @throws NOT_FOUND */
  outcome(word: string): ReadonlySet<string> | undefined
}

const NO_MEANINGS: Meanings = { set: () => undefined, outcome: () => undefined }

/** What to ask the relay for: single machines by name or id, or all of them for anything else. */
export function queryFor(words: readonly string[], watch: boolean): RosterQuery {
  const isShort = words.length > 0 && words.length <= MOST_NAMES
  if (!isShort || !words.every((word) => isPlain(word))) return { watch }
  const ids = words.filter((word) => ID.test(word))
  return { names: words.filter((word) => NAME.test(word)), ids, watch }
}

/** Whether `word` is a name or an id: one machine, and no other word could mean it. */
export function isPlain(word: string): boolean {
  return NAME.test(word) || ID.test(word)
}

/**
 * The machines that `words` mean.
 * @throws NO_TARGET when nothing was given: never means all; NOT_FOUND when nothing matches, a plain name does not, or
 * there is no such @word; AMBIGUOUS when a name means two.
 */
export function select<T extends Targetable>(
  words: readonly string[],
  machines: readonly T[],
  meanings: Meanings = NO_MEANINGS,
): T[] {
  if (words.every((word) => word.startsWith('!')))
    throw new RconsoleError('NO_TARGET', 'expected a machine (a name, web-*, env=prod, @all), got nothing')
  checkNames(words, machines)
  const isMeant = meaning(words, machines, meanings)
  const found = machines.filter((machine) => isMeant(machine))
  if (found.length > 0) return found
  throw new RconsoleError('NOT_FOUND', `no machine matches ${some(words)}: rconsole ls shows those there are`)
}

/** The one machine that `word` means. @throws NOT_FOUND, AMBIGUOUS */
export function selectOne<T extends Targetable>(word: string, machines: readonly T[]): T {
  const found = select([word], machines)
  // Whoever takes a name that is another's is refused, and does not take the other with them.
  const sound = found.filter(({ name, state }) => name === word && state !== 'refused')
  const [first, ...rest] = sound.length === 1 ? sound : found
  if (first !== undefined && rest.length === 0) return first
  throw new RconsoleError('AMBIGUOUS', `${word} matches ${rest.length + 1} machines; this works on one`)
}

type Test = (machine: Targetable) => boolean

/** The test that `words` are. @throws NOT_FOUND for an @word that means nothing */
export function meaning(
  words: readonly string[],
  machines: readonly Targetable[],
  meanings: Meanings = NO_MEANINGS,
): Test {
  return anyOf(words, { ids: new Set(machines.map(({ id }) => id)), meanings, within: [] })
}

interface Scope {
  readonly ids: ReadonlySet<string>
  readonly meanings: Meanings
  /** The sets that are being read. */
  readonly within: readonly string[]
}

function anyOf(words: readonly string[], scope: Scope): Test {
  const included = words.filter((word) => !word.startsWith('!'))
  // A list of ten thousand names is looked up, not tried one after the other.
  const plain = new Set(included.filter((word) => isPlain(word)))
  const others = included.filter((word) => !isPlain(word)).map((word) => allOf(word, scope))
  const excluded = words.filter((word) => word.startsWith('!')).map((word) => allOf(word.slice(1), scope))
  return (machine) => {
    // An id is the key's; a name may be anyone's choice, even another machine's id.
    const isNamed = plain.has(machine.id) || (plain.has(machine.name) && !scope.ids.has(machine.name))
    return (isNamed || others.some((test) => test(machine))) && !excluded.some((test) => test(machine))
  }
}

function allOf(word: string, scope: Scope): Test {
  const tests = parts(word).map((part) => partTest(part, scope))
  return (machine) => tests.every((test) => test(machine))
}

function partTest(part: string, scope: Scope): Test {
  if (part === '@all') return () => true
  if (part.startsWith('@')) return wordTest(part.slice(1), scope)
  if (scope.ids.has(part)) return ({ id }) => id === part
  const at = part.indexOf('=')
  if (at < 0) {
    const isName = pattern(part)
    return ({ name }) => isName(name)
  }
  const label = part.slice(0, at)
  const isValue = pattern(part.slice(at + 1))
  return ({ labels }) => Object.hasOwn(labels, label) && isValue(labels[label] ?? '')
}

function wordTest(word: string, { ids, meanings, within }: Scope): Test {
  const outcome = meanings.outcome(word)
  if (outcome !== undefined) return ({ id }) => outcome.has(id)
  const words = meanings.set(word)
  if (words === undefined)
    throw new RconsoleError(
      'NOT_FOUND',
      `no set is called ${JSON.stringify(word)}: rconsole set ls shows those there are`,
    )
  if (within.includes(word)) throw new RconsoleError('USAGE', `the set ${word} contains itself`)
  return anyOf(words, { ids, meanings, within: [...within, word] })
}

/** A plain name that no machine has is a mistake, and one that two claim is refused: identity is the key. */
function checkNames(words: readonly string[], machines: readonly Targetable[]): void {
  const ids = new Set(machines.map(({ id }) => id))
  const named = new Map<string, Targetable[]>()
  for (const machine of machines) named.set(machine.name, [...(named.get(machine.name) ?? []), machine])
  const missing = words.filter((word) => isPlain(word) && !ids.has(word) && !named.has(word))
  if (missing.length > 0)
    throw new RconsoleError(
      'NOT_FOUND',
      `no machine matches ${some(missing)}: rconsole ls shows those there are`,
    )
  for (const word of words) {
    if (!isPlain(word) || ids.has(word)) continue
    const claims = (named.get(word) ?? []).filter(({ state }) => state !== 'refused')
    if (claims.length < 2) continue
    throw new RconsoleError(
      'AMBIGUOUS',
      `${claims.length} machines are called ${word}: name one by its id (${claims.map(({ id }) => id).join(', ')})`,
    )
  }
}

function some(words: readonly string[]): string {
  const most = 5
  const shown = words.slice(0, most).join(' ')
  return words.length > most ? `${shown} and ${words.length - most} more` : shown
}
