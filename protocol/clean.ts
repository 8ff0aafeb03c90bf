// Hostile text made safe to show: one line of it in a screen or a message, or a program's output on a terminal.

/** What `clean` shows for each character that is dangerous or invisible. */
export const MARK = '·'

/** One column each, nothing hidden, the same after normalization: printable ASCII, boxes and blocks, braille. */
const PLAIN = /^[\x20-\x7e\u2500-\u259f\u2800-\u28ff]*$/
const SURROGATE = /\p{Surrogate}/gu
const SELECTOR = /[\u180b-\u180d\u180f\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu
const SPACE = /[\t\p{Zs}]/gu
const REGIONAL = /\p{Regional_Indicator}/gu
/** An emoji with what joins it: skin tones and the other members of a ZWJ family. */
const FAMILY = /(\p{Extended_Pictographic})(?:\p{Emoji_Modifier}|\u200d\p{Extended_Pictographic})+/gu
/** Control, format (bidi, zero width, BOM, tags), line and paragraph separators, fillers, noncharacters. */
const HOSTILE =
  /[\p{Control}\p{Format}\p{Line_Separator}\p{Paragraph_Separator}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu

/**
 * `text` as one line that is safe to show, in NFC. Each control, bidi, zero-width or separator character becomes `·`;
 * tabs and odd spaces become a space, a lone surrogate U+FFFD, an emoji family its first member, a flag its two
 * letters; variation selectors go. Cleaning twice changes nothing more.
 */
export function clean(text: string): string {
  if (PLAIN.test(text)) return text
  return text
    .replace(SURROGATE, '\ufffd')
    .replace(SELECTOR, '')
    .replace(FAMILY, '$1')
    .replace(REGIONAL, letterOfFlag)
    .replace(SPACE, ' ')
    .replace(HOSTILE, MARK)
    .normalize('NFC')
}

/** An escape sequence is held back while incomplete, up to this many characters (each one byte). */
const HELD = 60
/** What may go on in the next chunk: a colour sequence that has not ended, and the first half of a DOS line end. */
const UNFINISHED = /(?:\x1b(?:\[[\d;:]*)?|\r)$/
/** Colour sequences, then the line ends of DOS, then what must not pass; the first that matches wins. */
const TOKEN =
  /\x1b\[[\d;:]*m|\r\n|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|(?!\u200c|\u200d|\ufe0e|\ufe0f)[\p{Format}\p{Line_Separator}\p{Paragraph_Separator}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu

/**
 * A program's output made safe to print on a terminal, chunk by chunk. Kept: text, `\n`, `\t`, `\r` (progress bars) and
 * the colour sequences `ESC [ … m`. Everything else that could act on the terminal is shown instead: ESC as ␛, an 8-bit
 * C1 as its 7-bit form, other controls as control pictures, bidi and zero-width characters as `·`. `\r\n` becomes `\n`.
 * A character or sequence cut by the end of a chunk waits for the next one; never more than 64 bytes wait.
 */
export class OutputCleaner {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  #held = ''
  #coloured = false

  push(chunk: Uint8Array | string): string {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    const text = this.#held + this.#decoder.decode(bytes, { stream: true })
    const rest = UNFINISHED.exec(text)?.[0] ?? ''
    this.#held = rest.length <= HELD ? rest : ''
    return this.#shown(text.slice(0, text.length - this.#held.length))
  }

  /** What was still held, and the end of any colour that the program left on. */
  end(): string {
    const text = this.#held + this.#decoder.decode()
    this.#held = ''
    const shown = this.#shown(text)
    const reset = this.#coloured ? '\x1b[m' : ''
    this.#coloured = false
    return shown + reset
  }

  #shown(text: string): string {
    return text.replace(TOKEN, (token) => {
      if (token === '\r\n') return '\n'
      if (token.length > 1 && token.startsWith('\x1b')) return this.#colour(token)
      return visible(token)
    })
  }

  #colour(sequence: string): string {
    if (sequence.length > HELD) return visible(sequence.charAt(0)) + sequence.slice(1)
    this.#coloured = !/^\x1b\[0*m$/.test(sequence)
    return sequence
  }
}

function letterOfFlag(indicator: string): string {
  return String.fromCharCode((indicator.codePointAt(0) ?? 0) - 0x1f1e6 + 'A'.charCodeAt(0))
}

/** One character that must not reach a terminal, as text. */
function visible(character: string): string {
  const code = character.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  if (code === 0x7f) return '\u2421'
  if (code >= 0x80 && code < 0xa0) return `\u241b${String.fromCharCode(code - 0x40)}`
  return MARK
}
