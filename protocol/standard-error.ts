// Where the log lines of a service go.
import pino from 'pino'

/** Lines that may wait for a stderr that takes nothing just now (bytes). */
const MOST_WAITING = 1024 * 1024

/** Standard error for a logger. A log that cannot be written, on a full disk say, ends nothing. */
export function standardError(): ReturnType<typeof pino.destination> {
  const stream = pino.destination({ dest: 2, sync: true, maxLength: MOST_WAITING })
  stream.on('error', () => undefined)
  return stream
}
