// One key or mouse report of the operator's terminal on its way to a shell in a pane.
import type { Emulator, MouseReport } from './emulator.ts'

// oxlint-disable-next-line no-control-regex
const CURSOR = /^\x1b[[O]([ABCDHF])$/
// oxlint-disable-next-line no-control-regex
const MOUSE = /^\x1b\[<(\d{1,3});(\d{1,4});(\d{1,4})([Mm])$/
const SHIFT = 4
const ALT = 8
const CTRL = 16
const MOVE = 32
const WHEEL = 64

/** The bytes of a key as the program in the pane expects it: the cursor keys depend on a mode that is its own. */
export function keyFor(emulator: Emulator | undefined, bytes: Uint8Array): Uint8Array {
  const [, letter] = CURSOR.exec(Buffer.from(bytes).toString('latin1')) ?? []
  if (letter === undefined || emulator === undefined) return bytes
  return Buffer.from(`\x1b${emulator.hasApplicationKeys ? 'O' : '['}${letter}`)
}

/** A report of the mouse, from the first row and column of the screen; undefined for anything else. */
export function mouseOf(bytes: Uint8Array): MouseReport | undefined {
  const [, code, x, y, end] = MOUSE.exec(Buffer.from(bytes).toString('latin1')) ?? []
  if (code === undefined) return undefined
  const bits = Number(code)
  const isWheel = (bits & WHEEL) !== 0
  const button = isWheel ? 4 : bits & 3
  const wheelWay = (bits & 3) === 0 ? 0 : 1
  const press = end === 'm' ? 0 : 1
  return {
    column: Number(x) - 1,
    row: Number(y) - 1,
    button,
    action: isWheel ? wheelWay : (bits & MOVE) === 0 ? press : MOVE,
    shift: (bits & SHIFT) !== 0,
    alt: (bits & ALT) !== 0,
    ctrl: (bits & CTRL) !== 0,
  }
}

/** What a terminal without mouse sends for the wheel to a full-screen program. */
export function wheelKeys(emulator: Emulator, by: number): Uint8Array {
  const letter = by < 0 ? 'A' : 'B'
  return Buffer.from(`\x1b${emulator.hasApplicationKeys ? 'O' : '['}${letter}`.repeat(Math.abs(by)))
}

const PASTES = ['\x1b[200~', '\x1b[201~'] as const

/** Finds the prefix in the keyboard's bytes; in a paste it is a character like any other. */
export class PrefixFinder {
  readonly #prefix: number
  readonly #typed: (bytes: Uint8Array) => void
  /** False: from now on the bytes are somebody else's. */
  readonly #command: (key: number) => boolean
  #isPrefixed = false
  #isPasting = false
  /** The last bytes, in which a mark may have begun. */
  #tail = ''

  constructor(prefix: number, typed: (bytes: Uint8Array) => void, command: (key: number) => boolean) {
    this.#prefix = prefix
    this.#typed = typed
    this.#command = command
  }

  push(bytes: Uint8Array): void {
    let start = 0
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0
      this.#look(byte)
      if (this.#isPrefixed) {
        this.#isPrefixed = false
        start = at + 1
        if (!this.#command(byte)) return
      } else if (byte === this.#prefix && !this.#isPasting) {
        this.#typed(bytes.subarray(start, at))
        this.#isPrefixed = true
        start = at + 1
      }
    }
    if (!this.#isPrefixed) this.#typed(bytes.subarray(start))
  }

  #look(byte: number): void {
    this.#tail = (this.#tail + String.fromCharCode(byte)).slice(-PASTES[0].length)
    if (this.#tail === PASTES[this.#isPasting ? 1 : 0]) this.#isPasting = !this.#isPasting
  }
}
