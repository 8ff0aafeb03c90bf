// Making hostile text harmless to a terminal: one `clean` at every place where something from outside is shown.
import { StringDecoder } from 'node:string_decoder'

/** Plain ASCII, boxes, blocks and braille: one column each, nothing to clean. */
const PLAIN = /^[\x20-\x7e\u2500-\u259f\u2800-\u28ff]*$/
/** C0, DEL, C1, bidi marks, embeddings, overrides and isolates, zero-width, line separators, BOM, tag characters. */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]/gu
const VARIATION = /[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}]/gu
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
const FLAG = /\p{Regional_Indicator}/gu
const FLAG_A = 0x1f1e6

/** One line of text from outside: what could move, recolour, reorder or hide becomes `·`, a tab a space. */
export function clean(text: string): string {
  if (PLAIN.test(text)) return text
  return text
    .replace(LONE_SURROGATE, '\ufffd')
    .normalize('NFC')
    .replaceAll('\t', ' ')
    .replace(VARIATION, '')
    .replace(FLAG, (flag) => String.fromCodePoint((flag.codePointAt(0) ?? FLAG_A) - FLAG_A + 0x41))
    .replace(UNSAFE, '·')
}

/** The only escape sequences that output may keep: colours and text styles (SGR). */
const SGR = /\u001b\[[0-9;:]{0,48}m/y
/** What may still become one when more bytes arrive. */
const SGR_BEGUN = /\u001b(?:\[[0-9;:]{0,48})?$/
const OUTPUT_UNSAFE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g

/**
 * The output of a program, on its way to a terminal: lines, tabs and colours stay, everything else that a terminal would
 * obey is shown instead of obeyed. Bytes may be cut anywhere; at most 64 of them are held back.
 */
export class OutputCleaner {
  readonly #decoder = new StringDecoder('utf8')
  #held = ''
  #isStyled = false

  feed(bytes: Uint8Array): string {
    const text =
      this.#held + this.#decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    const begun = SGR_BEGUN.exec(text)
    this.#held = begun?.[0] ?? ''
    const cleaned = cleanOutput(text.slice(0, text.length - this.#held.length))
    this.#isStyled ||= cleaned.includes('\u001b')
    return cleaned
  }

  /** What was held back, and a last word that puts colours back as they were. */
  end(): string {
    const rest = cleanOutput(this.#held + this.#decoder.end())
    this.#held = ''
    return this.#isStyled ? `${rest}\u001b[m` : rest
  }
}

function cleanOutput(text: string): string {
  let out = ''
  let from = 0
  for (let at = text.indexOf('\u001b'); at >= 0; at = text.indexOf('\u001b', from)) {
    out += visible(text.slice(from, at))
    SGR.lastIndex = at
    const [sgr] = SGR.exec(text) ?? []
    out += sgr ?? '␛'
    from = at + (sgr?.length ?? 1)
  }
  return out + visible(text.slice(from))
}

/** `\r\n` stays; a bare `\r` could overwrite the line before it, so it becomes visible like the others. */
function visible(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(OUTPUT_UNSAFE, (char) => pictureOf(char))
}

/** C0 as its Unicode picture (␀ … ␟), anything else as its number. */
function pictureOf(char: string): string {
  const code = char.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  return code === 0x7f ? '␡' : `<${code.toString(16).padStart(4, '0')}>`
}
