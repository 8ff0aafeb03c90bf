// Asking a program of the system, systemctl say: its output, and in which of a few ways it could not answer.
import { execFile } from 'node:child_process'
import { systemCode, RconsoleError } from '../protocol/errors.ts'

/** What a tool may print in all (bytes): ten thousand units of systemd are a tenth of it. */
const MOST_BYTES = 16 * 1024 * 1024
const LIST_MS = 30_000

export interface ToolAnswer {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** The environment of a tool whose words we read: in English, without colours, without a pager, without our token. */
export function toolEnvironment(): NodeJS.ProcessEnv {
  const { RAGENT_TOKEN: _, ...environment } = process.env
  return { ...environment, LC_ALL: 'C.UTF-8', SYSTEMD_COLORS: '0', SYSTEMD_PAGER: '', SYSTEMD_URLIFY: '0' }
}

/** Run `file` to its end. @throws UNSUPPORTED when there is none, TIMED_OUT, or what ended the stream */
export async function ask(
  file: string,
  args: readonly string[],
  { signal, ms = LIST_MS }: { signal: AbortSignal; ms?: number },
): Promise<ToolAnswer> {
  signal.throwIfAborted()
  return await new Promise((resolve, reject) => {
    const options = {
      signal,
      timeout: ms,
      maxBuffer: MOST_BYTES,
      env: toolEnvironment(),
      encoding: 'utf8' as const,
    }
    const child = execFile(file, [...args], options, (error, stdout, stderr) => {
      if (signal.aborted) reject(signal.reason)
      else if (systemCode(error) === 'ENOENT' || systemCode(error) === 'EACCES') reject(noTool(file, error))
      else if (error?.killed === true)
        reject(
          new RconsoleError('TIMED_OUT', `${file} gave no answer within ${ms / 1000} s`, { cause: error }),
        )
      else resolve({ status: child.exitCode ?? 1, stdout, stderr })
    })
  })
}

export function noTool(file: string, cause: unknown): RconsoleError {
  return new RconsoleError(
    'UNSUPPORTED',
    `this machine has no ${file}: ${LACKS[file] ?? 'it cannot be asked'}`,
    { cause },
  )
}

const LACKS: Readonly<Record<string, string>> = {
  systemctl: 'systemd does not run its services',
  journalctl: 'its logs are files below /var/log, if any',
}
