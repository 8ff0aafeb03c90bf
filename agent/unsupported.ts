// What this machine's system does not have.
import { RconsoleError } from '../protocol/errors.ts'

/** @throws UNSUPPORTED where there is no /proc */
export function needLinux(what: string): void {
  if (process.platform === 'linux') return
  throw new RconsoleError(
    'UNSUPPORTED',
    `${what} are read from Linux's /proc; this machine runs ${process.platform}`,
  )
}
