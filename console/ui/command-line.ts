// A command as one types it into a shell.
import { clean } from '../../protocol/clean.ts'

const PLAIN = /^[\w@%+=:,./-]+$/

/** `rconsole` and `words`, each quoted where a shell would take it apart. */
export function commandLine(...words: readonly string[]): string {
  return ['rconsole', ...words.map((word) => quoted(clean(word)))].join(' ')
}

function quoted(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
