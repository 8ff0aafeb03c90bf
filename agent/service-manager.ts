// systemd, asked by root for the service of ragent itself.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { RconsoleError } from '../protocol/errors.ts'
import { findProgram } from './find-program.ts'
import { toolEnvironment } from './tool.ts'

const PATIENCE_MS = 120_000

/** @throws UNSUPPORTED, USAGE where no service can be installed or removed */
export function needRoot(what: string): void {
  if (process.platform !== 'linux' || findProgram('systemctl') === undefined)
    throw new RconsoleError(
      'UNSUPPORTED',
      `ragent ${what} knows systemd only, and there is no systemctl here: start ragent by what this system has`,
    )
  if (process.getuid?.() !== 0)
    throw new RconsoleError('USAGE', `ragent ${what}: expected root, got user ${process.getuid?.() ?? '?'}`)
}

/** Whether systemd runs this machine now. Source: sd_booted(3). */
export function isBooted(): boolean {
  return existsSync('/run/systemd/system')
}

/** What it printed. @throws FAILED with what it said */
export function systemctl(...args: readonly string[]): string {
  try {
    return execFileSync('systemctl', ['--no-ask-password', ...args], {
      encoding: 'utf8',
      stdio: 'pipe',
      timeout: PATIENCE_MS,
      env: toolEnvironment(),
    }).trim()
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : String(cause)
    throw new RconsoleError('FAILED', `systemctl ${args.join(' ')}: ${said || 'it failed'}`, { cause })
  }
}
