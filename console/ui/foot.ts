// The foot of a page: a word for each key that is worth one, as many as fit, each where one can click it.
import { columns } from './glyphs.ts'
import type { KeyEntry, Ui } from './page.ts'
import type { Canvas } from './paint.ts'

export interface FootWord {
  /** What a click on it stands for. */
  readonly key: string
  readonly x: number
  readonly text: string
}

const GAP = 2

/** Where there is no room for all, the last of the page's own go first: how to get help and out stays. */
export function footWords(own: readonly KeyEntry[], shared: readonly KeyEntry[], width: number): FootWord[] {
  const kept = own.filter(isNamed)
  const always = shared.filter(isNamed)
  while (kept.length > 0 && widthOf([...kept, ...always]) > width - 1) kept.pop()
  let x = 1
  return [...kept, ...always].map((entry) => {
    const text = textOf(entry)
    const word = { key: entry.key[0] ?? '', x, text }
    x += columns(text) + GAP
    return word
  })
}

export function paintFoot(canvas: Canvas, { styles, theme }: Ui, words: readonly FootWord[]): void {
  const style = styles.of(theme.bar)
  canvas.put({ x: 0, y: 0, style }, '')
  for (const { x, text } of words) canvas.put({ x, y: 0, style }, text)
}

function isNamed({ footer }: KeyEntry): boolean {
  return footer !== undefined
}

function textOf({ label, footer = '' }: KeyEntry): string {
  return `${label} ${footer}`
}

function widthOf(entries: readonly KeyEntry[]): number {
  return entries.reduce((sum, entry) => sum + columns(textOf(entry)) + GAP, -GAP)
}
