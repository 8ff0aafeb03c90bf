// The descriptor beneath a terminal: what node-pty 1.1.0 and libuv do not do for us, done on it directly.
import { chownSync, readSync, writeSync } from 'node:fs'
import { Duplex } from 'node:stream'
import type { IPty } from '@lydell/node-pty'
import { systemCode } from '../protocol/errors.ts'
import { KiB } from '../protocol/limits.ts'

/**
 * The stream and the descriptor beneath node-pty 1.1.0, for two faults of it. Its `write` stops the whole agent while
 * the program does not read: libuv writes to this side of a terminal as if it blocked, which it does not, and spins.
 * And it destroys the stream 200 ms after the exit, read or not, which loses the last words of a program whose console
 * is slow; told that the stream has closed already, it reports the exit at once and leaves the closing to us.
 */
export function takeOver(pty: IPty): { socket: Duplex; fd: number } {
  const socket: unknown = Reflect.get(pty, '_socket')
  const fd: unknown = Reflect.get(pty, 'fd')
  const isKnown = Reflect.get(pty, '_emittedClose') === false
  if (!(socket instanceof Duplex) || typeof fd !== 'number' || !isKnown) {
    pty.kill('SIGKILL')
    throw new Error('node-pty has changed inside: pty.ts was written for 1.1.0')
  }
  Reflect.set(pty, '_emittedClose', true)
  return { socket, fd }
}

/** The terminal belongs to who works on it, as sshd does: what opens it by its name may. */
export function giveTo(pty: IPty, { uid }: { readonly uid: number }): void {
  const path: unknown = Reflect.get(pty, '_pty')
  if (typeof path === 'string') chownSync(path, uid, -1)
}

/** How much the terminal takes now (bytes). The descriptor does not block. */
export function writeNow(fd: number, data: Uint8Array): number {
  try {
    return writeSync(fd, data)
  } catch (error) {
    if (systemCode(error) === 'EAGAIN') return 0
    // Nobody will read it: the program has left its terminal, and its exit says the rest.
    return data.length
  }
}

/** What the kernel still holds of a terminal whose other side is closed: at most 64 KiB and a line. */
export function* readRest(fd: number): Generator<Uint8Array, void, void> {
  for (;;) {
    const buffer = new Uint8Array(4 * KiB)
    try {
      const bytes = readSync(fd, buffer)
      if (bytes === 0) return
      yield buffer.subarray(0, bytes)
    } catch {
      // EIO: all is read. EAGAIN: someone opened the terminal again, and has said nothing yet.
      return
    }
  }
}
