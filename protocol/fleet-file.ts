// The fleet document as a file: a damaged one is told from a document that somebody made up.
import { RconsoleError, toRconsoleError } from './errors.ts'
import { readPrivate } from './files.ts'
import { type Fleet, readFleet } from './fleet.ts'

/** The document kept at `path`, or undefined when there is none. @throws HOME when it cannot be read or is damaged */
export function loadFleet(path: string, pin: string): Fleet | undefined {
  const jws = readPrivate(path)
  return jws === undefined ? undefined : readKeptFleet(path, pin, jws)
}

/** @throws HOME, OTHER_FLEET */
export function readKeptFleet(path: string, pin: string, jws: string): Fleet {
  try {
    return readFleet(pin, jws)
  } catch (cause) {
    const { code, message } = toRconsoleError(cause)
    if (code === 'OTHER_FLEET') throw cause
    throw new RconsoleError('HOME', `${path} is damaged (${message}): restore it from a backup`, { cause })
  }
}
