// Looks by their meaning: pages name a meaning, a theme says how it looks.
import type { Look } from './style.ts'

export type Meaning =
  | 'bar'
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

export const THEME_NAMES = ['dark', 'light', '16', 'mono'] as const
export type ThemeName = (typeof THEME_NAMES)[number]

export const THEMES: Readonly<Record<ThemeName, Theme>> = {
  dark: {
    bar: { fg: 252, bg: 237 },
    title: { bold: true, fg: 153 },
    quiet: { fg: 245 },
    good: { fg: 114 },
    warn: { fg: 221 },
    bad: { fg: 210, bold: true },
    selected: { bg: 24, bold: true },
    marked: { fg: 222, bold: true },
    border: { fg: 240 },
    chart: { fg: 80 },
    frozen: { fg: 111, bold: true },
    pending: { fg: 80 },
  },
  light: {
    bar: { fg: 235, bg: 252 },
    title: { bold: true, fg: 24 },
    quiet: { fg: 243 },
    good: { fg: 28 },
    warn: { fg: 130 },
    bad: { fg: 160, bold: true },
    selected: { bg: 153, bold: true },
    marked: { fg: 90, bold: true },
    border: { fg: 248 },
    chart: { fg: 30 },
    frozen: { fg: 26, bold: true },
    pending: { fg: 30 },
  },
  // The colours that every terminal has, in the shades that its own theme gives them.
  '16': {
    bar: { inverse: true },
    title: { bold: true },
    quiet: { dim: true },
    good: { fg: 2 },
    warn: { fg: 3 },
    bad: { fg: 1, bold: true },
    selected: { inverse: true },
    marked: { fg: 3, bold: true },
    border: { dim: true },
    chart: { fg: 2 },
    frozen: { fg: 4, bold: true },
    pending: { fg: 6 },
  },
  mono: {
    bar: { inverse: true },
    title: { bold: true },
    quiet: { dim: true },
    good: {},
    warn: { bold: true },
    bad: { bold: true },
    selected: { inverse: true },
    marked: { bold: true },
    border: { dim: true },
    chart: {},
    frozen: { bold: true },
    pending: { bold: true },
  },
}

/** The theme that was kept, as far as this terminal can show it. */
export function themeFor(kept: string | undefined, env: NodeJS.ProcessEnv): ThemeName {
  if ((env['NO_COLOR'] ?? '') !== '') return 'mono'
  const known = THEME_NAMES.find((name) => name === kept)
  return known ?? (env['TERM'] === 'linux' ? '16' : 'dark')
}

export function themeAfter(name: ThemeName): ThemeName {
  return THEME_NAMES[(THEME_NAMES.indexOf(name) + 1) % THEME_NAMES.length] ?? name
}
