// The words of the palette: those that are the same everywhere, and the page's own keys under their names.
import type { KeyEntry, Page } from './page.ts'

export interface Word {
  readonly name: string
  readonly argument?: {
    readonly hint: string
    readonly isNeeded?: boolean
    /** To complete from; what else is typed counts as it is. */
    readonly choices?: () => readonly string[]
  }
  readonly description: string
  run(argument: string): void
}

export function wordOf(words: readonly Word[], name: string): Word | undefined {
  const wanted = name.toLowerCase()
  return words.find((word) => word.name === wanted)
}

/** What the keys of `page` do, by name; what `obey` is given is the entry of the table. */
export function wordsOf(page: Page, obey: (entry: KeyEntry) => void): Word[] {
  return page.keys
    .filter(({ visible, key }) => visible !== false && !/^(?:click|wheel)/.test(key[0] ?? ''))
    .map((entry) => ({
      name: entry.command.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      description: `${entry.description} (${entry.label})`,
      run: () => obey(entry),
    }))
}
