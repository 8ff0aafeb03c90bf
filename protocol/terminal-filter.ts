// A remote terminal's bytes on their way to the operator's own terminal, less what would reach beyond the screen.

const ESC = 0x1b
const BEL = 0x07
const ENQ = 0x05
const CAN = 0x18
const SUB = 0x1a
const DEL = 0x7f
/** What follows ESC in DCS, SOS, PM and APC. */
const STRINGS: ReadonlySet<number> = new Set([0x50, 0x58, 0x5e, 0x5f])
/** Longest sequence that is looked at whole; a longer one is dropped (bytes). */
const MOST = 4096

/** Window titles, palette and hyperlinks; not the clipboard (52), notifications, or what some terminals run. */
const OSC_ALLOWED = /^(?:0|1|2|4|8|10|11|12|104|110|111|112)(?:;|$)/
/** Controls inside it but for its end: of seven bits, or of eight as UTF-8. Some terminals obey them there. */
// oxlint-disable-next-line no-control-regex
const OSC_CONTROLS = /[\u0000-\u0006\u0008-\u001a\u001c-\u001f\u007f]|\u00c2[\u0080-\u009f]|\u001b(?!\\$)/
/** Reports of the window's title or icon: the terminal would type them into the shell (`CSI 20 t`, `CSI 21 t`). */
const CSI_REFUSED = /^0*(?:20|21)(?:[;:]\d*)*t$/

type State = 'ground' | 'escape' | 'csi' | 'osc' | 'string' | 'c1'

/**
 * Pass what draws; drop clipboard writes, device control strings, answerback and 8-bit controls, so that a hostile machine
 * changes nothing but the screen it was given. Bytes may be cut anywhere. Source: ECMA-48 §5, xterm's ctlseqs.
 */
export class TerminalFilter {
  #state: State = 'ground'
  #held: number[] = []
  /** Inside a string: the byte before was ESC, so `\` ends it. */
  #isEnding = false

  filter(bytes: Uint8Array): Uint8Array {
    const out = new Out(bytes.length + this.#held.length + 1)
    for (const byte of bytes) this.#take(byte, out)
    return out.bytes
  }

  #take(byte: number, out: Out): void {
    switch (this.#state) {
      case 'ground':
        this.#ground(byte, out)
        return
      case 'c1':
        // U+0080 to U+009F as UTF-8: some terminals obey them like ESC sequences.
        this.#state = 'ground'
        if (byte >= 0x80 && byte <= 0x9f) return
        out.push(0xc2)
        this.#ground(byte, out)
        return
      case 'escape':
        this.#escape(byte, out)
        return
      case 'csi':
        this.#csi(byte, out)
        return
      case 'osc':
      case 'string':
        this.#string(byte, out)
        return
      default:
        this.#state satisfies never
    }
  }

  #ground(byte: number, out: Out): void {
    if (byte === ESC) this.#begin('escape', byte)
    else if (byte === 0xc2) this.#state = 'c1'
    else if (byte !== ENQ) out.push(byte)
  }

  /** Whether `byte` is none of a sequence: a terminal obeys a control at once and reads on, and gives up at the others. */
  #isForeign(byte: number, out: Out): boolean {
    if (byte >= 0x20 && byte < DEL) return false
    // A terminal reads over DEL.
    if (byte === DEL) return true
    if (byte === ESC) {
      this.#begin('escape', byte)
    } else if (byte === CAN || byte === SUB || byte >= 0x80) {
      this.#drop()
      this.#ground(byte, out)
    } else {
      this.#ground(byte, out)
    }
    return true
  }

  #escape(byte: number, out: Out): void {
    if (this.#isForeign(byte, out)) return
    const hasIntermediate = this.#held.length > 1
    if (byte <= 0x2f) {
      this.#hold(byte, 'escape')
    } else if (byte === 0x5b && !hasIntermediate) {
      this.#hold(byte, 'csi')
    } else if (byte === 0x5d && !hasIntermediate) {
      this.#hold(byte, 'osc')
    } else if (STRINGS.has(byte) && !hasIntermediate) {
      this.#hold(byte, 'string')
    } else {
      this.#hold(byte, 'ground')
      this.#release(out)
    }
  }

  #csi(byte: number, out: Out): void {
    if (this.#isForeign(byte, out)) return
    this.#hold(byte, 'csi')
    if (byte < 0x40 || byte > 0x7e) return
    // Only one of the many is looked at: this is where colours pass by the million.
    if (byte === 0x74 && CSI_REFUSED.test(this.#text(2))) this.#drop()
    else this.#release(out)
  }

  /** Whatever else than its end follows ESC begins a new sequence: in a terminal the string is over. */
  #string(byte: number, out: Out): void {
    if (this.#isEnding && byte !== 0x5c) {
      this.#begin('escape', ESC)
      this.#escape(byte, out)
      return
    }
    if (byte === CAN || byte === SUB) {
      this.#drop()
      return
    }
    const isEnd = byte === BEL || this.#isEnding
    this.#isEnding = byte === ESC
    if (this.#held.length < MOST) this.#held.push(byte)
    if (!isEnd) return
    const text = this.#text(2)
    const isShown = this.#state === 'osc' && this.#held.length < MOST && OSC_ALLOWED.test(text)
    if (isShown && !OSC_CONTROLS.test(text)) this.#release(out)
    else this.#drop()
  }

  #begin(state: State, byte: number): void {
    this.#held = [byte]
    this.#isEnding = false
    this.#state = state
  }

  #hold(byte: number, state: State): void {
    if (this.#held.length < MOST) this.#held.push(byte)
    this.#state = state
  }

  #release(out: Out): void {
    if (this.#held.length < MOST) for (const byte of this.#held) out.push(byte)
    this.#drop()
  }

  #drop(): void {
    this.#held = []
    this.#isEnding = false
    this.#state = 'ground'
  }

  #text(from: number): string {
    return Buffer.from(this.#held.slice(from)).toString('latin1')
  }
}

/** What passes: never more than came, what was held back before, and a first half of UTF-8. */
class Out {
  readonly #bytes: Uint8Array
  #length = 0

  constructor(most: number) {
    this.#bytes = new Uint8Array(most)
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  push(byte: number): void {
    this.#bytes[this.#length++] = byte
  }
}
