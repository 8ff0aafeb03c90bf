// Owns stdin: whole key sequences to blessed, text and pastes to us; or the raw bytes to whoever takes them.
import { EventEmitter } from 'node:events'
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

export type TtyInput = Readable & { isTTY?: boolean; setRawMode?(on: boolean): unknown }

export interface TtyEvents {
  /** Typed characters beyond ASCII, which blessed would tear into halves. */
  readonly text: (text: string) => void
  /** A bracketed paste, of at most 64 KiB; to who takes the keys as they are, a longer one comes as several. It is text. */
  readonly paste: (text: string) => void
  /** Who takes the bytes of each key and of each report of the mouse as they are, just now. */
  readonly raw: () => ((bytes: Uint8Array) => void) | undefined
  /** The terminal is gone. */
  readonly end: () => void
}

/** Wait this long for the rest of what may be a sequence or a key by itself (ms): Esc must still feel immediate. */
const KEY_MS = 30
/** The same once digits have come, so that it can only be a sequence (ms): a slow link must not tear a paste mark. */
const SEQUENCE_MS = 1_000
/** A longer paste is cut (UTF-16 units). */
const PASTE_MOST = 64 * 1024
const PASTE_BEGIN = '\x1b[200~'
const PASTE_END = '\x1b[201~'

/** X10 mouse; CSI with the Linux console's `[[A`; SS3; answers of the terminal (OSC, DCS …); Alt with a key; a character. */
const TOKEN =
  /\x1b\[M[^]{3}|\x1b\x1b?\[\[?[\d;<=>?:]*[ -/]*[@-~]|\x1b\x1b?O[\d;]*[A-Za-z]|\x1b[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[^]|[^]/gu
const UNFINISHED =
  /\x1b(?:\x1b?(?:\[(?:M[^]{0,2}|\[?[\d;<=>?:]*[ -/]*)?|O[\d;]*)?|[\]P_^X][^\x07\x1b]{0,256}\x1b?)$|\x1b$/u
const ANSWER = /^\x1b[\]P_^X]./u
const BEYOND_ASCII = /^[^\x00-\x7f]/u

export class Tty {
  /** What blessed listens to: one whole key or mouse sequence an event, however they arrived. */
  readonly keys = new EventEmitter()
  readonly #stdin: TtyInput
  readonly #events: TtyEvents
  readonly #decoder = new StringDecoder('utf8')
  #held = ''
  #paste: string | undefined
  #sink: ((bytes: Uint8Array) => void) | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(stdin: TtyInput, events: TtyEvents) {
    this.#stdin = stdin
    this.#events = events
    stdin.on('data', this.#onData)
    stdin.on('end', this.#onEnd)
    stdin.on('error', this.#onEnd)
    this.setRaw(true)
    stdin.resume()
  }

  /** From now on the bytes go to `sink` untouched; undefined: they are keys again. */
  divert(sink: ((bytes: Uint8Array) => void) | undefined): void {
    this.#sink = sink
  }

  hold(isHeld: boolean): void {
    if (isHeld) this.#stdin.pause()
    else this.#stdin.resume()
  }

  setRaw(on: boolean): void {
    this.#stdin.setRawMode?.(on)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#stdin.off('data', this.#onData)
    this.#stdin.off('end', this.#onEnd)
    this.#stdin.off('error', this.#onEnd)
    this.setRaw(false)
    this.#stdin.pause()
  }

  #onEnd = (): void => this.#events.end()

  #onData = (bytes: Buffer): void => {
    if (this.#sink !== undefined) {
      this.#sink(bytes)
      return
    }
    clearTimeout(this.#timer)
    const text = this.#withoutPastes(this.#held + this.#decoder.write(bytes))
    this.#held = UNFINISHED.exec(text)?.[0] ?? ''
    this.#emit(text.slice(0, text.length - this.#held.length))
    if (this.#held !== '') this.#timer = setTimeout(this.#release, waitFor(this.#held))
  }

  /** Nothing followed: what is held was typed like this. */
  #release = (): void => {
    const text = this.#held
    this.#held = ''
    this.#emit(text)
  }

  /** `text` up to a paste that is still going on, without those that are complete. */
  #withoutPastes(text: string): string {
    let rest = text
    for (;;) {
      if (this.#paste === undefined) {
        const begin = rest.indexOf(PASTE_BEGIN)
        if (begin < 0) return rest
        this.#emit(rest.slice(0, begin))
        this.#paste = ''
        rest = rest.slice(begin + PASTE_BEGIN.length)
      }
      const pasted: string = this.#paste + rest
      const end = pasted.indexOf(PASTE_END)
      // A program that takes the keys takes all of a paste, too; a line of input has an end.
      const isWhole = this.#events.raw() !== undefined
      if (end < 0) {
        this.#paste = isWhole ? this.#passPieces(pasted) : cut(pasted)
        return ''
      }
      this.#paste = undefined
      this.#events.paste(isWhole ? pasted.slice(0, end) : pasted.slice(0, Math.min(end, PASTE_MOST)))
      rest = pasted.slice(end + PASTE_END.length)
    }
  }

  /** A long paste as several, so that it need not be kept; the rest of it. */
  #passPieces(pasted: string): string {
    let rest = pasted
    while (rest.length > PASTE_MOST + PASTE_END.length) {
      const piece = rest.slice(
        0,
        /[\ud800-\udbff]$/.test(rest.slice(0, PASTE_MOST)) ? PASTE_MOST - 1 : PASTE_MOST,
      )
      this.#events.paste(piece)
      rest = rest.slice(piece.length)
    }
    return rest
  }

  #emit(text: string): void {
    for (const [token] of text.matchAll(TOKEN)) {
      // Asked anew for each: what a key does may be that the next one is somebody else's.
      const raw = this.#events.raw()
      if (ANSWER.test(token) && token.length > 2) continue
      if (raw !== undefined) raw(Buffer.from(token))
      else if (BEYOND_ASCII.test(token)) this.#events.text(token)
      else this.keys.emit('data', Buffer.from(token))
    }
  }
}

/** The beginning of a paste that does not end; its last units stay, since they may begin the end mark. */
function cut(pasted: string): string {
  if (pasted.length <= PASTE_MOST + PASTE_END.length) return pasted
  return pasted.slice(0, PASTE_MOST) + pasted.slice(-PASTE_END.length)
}

function waitFor(held: string): number {
  return /\d/.test(held) ? SEQUENCE_MS : KEY_MS
}
