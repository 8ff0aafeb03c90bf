// Patterns of argv in the owner's policy: word by word, never a line of a shell.

/** Any one word. */
const ONE = '*'
/** Any number of words, none too; only as the last word. */
const REST = '**'

export type Pattern = readonly [string, ...string[]]

/** Whether `argv` is what the pattern describes: the same words in the same places. */
export function matches(pattern: Pattern, argv: readonly string[]): boolean {
  const isOpen = pattern.at(-1) === REST
  const words = isOpen ? pattern.slice(0, -1) : pattern
  if (argv.length < words.length || (!isOpen && argv.length > words.length)) return false
  return words.every((word, at) => word === ONE || word === argv[at])
}

/** A pattern from its words, or from a line of them split at blanks. @throws Error: what was expected, what came */
export function readPattern(given: string | readonly string[]): Pattern {
  const [first, ...rest] =
    typeof given === 'string' ? given.split(/[ \t]+/).filter((word) => word !== '') : given
  if (first === undefined) throw new Error('expected a program and its arguments, got nothing')
  if (first === '' || first.includes('*')) {
    throw new Error(`expected the name of a program as the first word, got ${JSON.stringify(first)}`)
  }
  for (const [at, word] of rest.entries()) {
    const isStar = word === ONE || (word === REST && at === rest.length - 1)
    if (word.includes('*') && !isStar) {
      throw new Error(
        `expected * as a word, ** as the last one, or a word without *, got ${JSON.stringify(word)}`,
      )
    }
  }
  return [first, ...rest]
}

/** As a person reads it; words with blanks are quoted. */
export function showPattern(pattern: Pattern): string {
  return pattern.map((word) => (/^[^\s"'\\]+$/.test(word) ? word : JSON.stringify(word))).join(' ')
}
