// Looks by their meaning: pages name a meaning, a theme says how it looks.
import type { Look } from './style.ts'

export type Meaning =
  | 'title'
  | 'quiet'
  | 'good'
  | 'warn'
  | 'bad'
  | 'selected'
  | 'marked'
  | 'border'
  | 'chart'
  | 'frozen'
  | 'pending'

/** Looks to give to `Styles.of`, alone or one spread over another. A colour only ever repeats a word. */
export type Theme = Readonly<Record<Meaning, Look>>

/** Of the sixteen colours that every terminal has, in the shades that its own theme gives them. */
export const BASIC: Theme = {
  title: { bold: true },
  quiet: { dim: true },
  good: { fg: 2 },
  warn: { fg: 3 },
  bad: { fg: 1, bold: true },
  selected: { inverse: true },
  marked: { bold: true, fg: 6 },
  border: { dim: true },
  chart: { fg: 2 },
  frozen: { fg: 4, bold: true },
  pending: { fg: 6 },
}
