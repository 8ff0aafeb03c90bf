// What can go wrong: one closed set of codes from the wire to the exit status.

/** Every failure that a person or a script may meet. The wire carries the code and one line of text. */
export const ERROR_CODES = [
  // between the ends
  'INVALID_MESSAGE',
  'PROTOCOL_VERSION',
  'UNKNOWN_ACTION',
  'LATE',
  'LOST',
  'CANCELLED',
  'TIMED_OUT',
  'GONE',
  'BUSY',
  // who may
  'UNKNOWN_OPERATOR',
  'EXPIRED',
  'ROLE',
  'SCOPE',
  'POLICY',
  'FROZEN',
  'BAD_SIGNATURE',
  'OTHER_FLEET',
  'OUTDATED',
  // finding the machine
  'NO_TARGET',
  'NOT_FOUND',
  'AMBIGUOUS',
  'OFFLINE',
  // the relay
  'RELAY_URL',
  'RELAY_UNREACHABLE',
  'REFUSED',
  'SLOW',
  // enrolment
  'TOKEN',
  'TOKEN_EXPIRED',
  'TOKEN_USED',
  // this machine
  'HOME',
  'USAGE',
  'ADDRESS_IN_USE',
  // programs
  'NO_PROGRAM',
  'NO_SHELL',
  'NO_FOLDER',
  'NOT_EXECUTABLE',
  'REUSED',
  'DISK_FULL',
  'TOO_BIG',
  'NO_PTY',
  // what the machine lacks, or could not do
  'UNSUPPORTED',
  'FAILED',
  // files
  'NO_FILE',
  'NO_ACCESS',
  'NO_SPACE',
  'NO_CONNECTION',
  'INTERNAL',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** A failure with a code from the closed set and a line a person can act on: what was expected, what came, what to do. */
export class RconsoleError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.name = 'RconsoleError'
  }
}

/** The sender broke a schema or a rule of the wire. */
export class InvalidMessage extends RconsoleError {
  constructor(message: string, options?: ErrorOptions) {
    super('INVALID_MESSAGE', message, options)
    this.name = 'InvalidMessage'
  }
}

/** Any thrown value as one of ours. What we did not foresee is INTERNAL and says nothing of its inside to the other end. */
export function toRconsoleError(error: unknown): RconsoleError {
  if (error instanceof RconsoleError) return error
  return new RconsoleError('INTERNAL', 'an internal error; the log on that side has it', { cause: error })
}

/** The `code` of a system error ('ENOENT'), or undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
