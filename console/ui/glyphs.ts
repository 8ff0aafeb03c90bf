// Text cut into what fills one or two columns of a terminal.

/** Cells that every terminal shows in one column: after them the cursor is where we think it is. */
export const SAFE =
  /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0373\u0376-\u0377\u037a-\u037f\u0384-\u03ff\u0400-\u0482\u048a-\u052f\u2500-\u259f\u2800-\u28ff]$/

/** Text of which each UTF-16 unit is one safe column. */
export const PLAIN = /^[\x20-\x7e\u2500-\u259f\u2800-\u28ff]*$/

/** Two columns. When in doubt, wide: a blank column is harmless, a lost one hides a character. */
const WIDE =
  /^(?:[\u1100-\u115f\u231a\u231b\u2329\u232a\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab\u26bd\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e\u2753-\u2755\u2757\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f265}\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}])/u
/** Part of the character before it. */
const MARK = /^\p{Mark}/u
/** Beside it for some terminals, over it for others: the character gets two columns, enough for both. */
const SPACING = /\p{Spacing_Mark}/u
/** Halves of Hangul syllables, and vowel signs whose class changed: terminals disagree whether they take a column. */
const DISPUTED = /^(?:[\u1160-\u11ff\ud7b0-\ud7ff]|\u171e|\u1734)/
/** Marks on one character; hostile text piles up hundreds. */
const MARKS = 3

export interface Glyph {
  readonly text: string
  readonly columns: 1 | 2
}

/** `text`, which has been cleaned, one character with its marks at a time. */
export function* glyphs(text: string): Generator<Glyph> {
  let base = ''
  let marks = 0
  for (const character of text) {
    if (MARK.test(character) && hasRoom(base, character)) {
      if (marks < MARKS) base += character
      marks += 1
      continue
    }
    if (base !== '') yield glyph(base)
    base = baseOf(character)
    marks = 0
  }
  if (base !== '') yield glyph(base)
}

/** How many columns cleaned text takes. */
export function columns(text: string): number {
  if (PLAIN.test(text)) return text.length
  let count = 0
  for (const glyph of glyphs(text)) count += glyph.columns
  return count
}

/** Cleaned text cut into rows of at most `width` columns; at least one row. */
export function wrap(text: string, width: number): string[] {
  const rows: string[] = []
  let row = ''
  let used = 0
  for (const { text: part, columns: needed } of glyphs(text)) {
    if (used + needed > width && row !== '') {
      rows.push(row)
      row = ''
      used = 0
    }
    row += part
    used += needed
  }
  rows.push(row)
  return rows
}

/** The same, but cut between words where there are any. */
export function wrapWords(text: string, width: number): string[] {
  const rows: string[] = ['']
  for (const word of text.split(' ')) {
    const row = rows.at(-1) ?? ''
    const longer = row === '' ? word : `${row} ${word}`
    if (columns(longer) <= width) rows[rows.length - 1] = longer
    else rows.push(...wrap(word, width))
  }
  return rows[0] === '' && rows.length > 1 ? rows.slice(1) : rows
}

/** A mark with nothing to be on stands on a space. */
function baseOf(character: string): string {
  if (MARK.test(character)) return ` ${character}`
  return DISPUTED.test(character) ? '·' : character
}

/** Whether `mark` can be drawn with `base` in two columns. */
function hasRoom(base: string, mark: string): boolean {
  return base !== '' && !(SPACING.test(mark) && (WIDE.test(base) || SPACING.test(base)))
}

function glyph(text: string): Glyph {
  return { text, columns: WIDE.test(text) || SPACING.test(text) ? 2 : 1 }
}
