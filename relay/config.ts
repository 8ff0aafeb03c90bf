// rrelay's configuration: flags and environment, none of it secret.
import { mkdirSync } from 'node:fs'
import { Command } from 'commander'
import { RconsoleError, systemCode } from '../protocol/errors.ts'
import { withManual } from '../protocol/man.ts'
import { VERSION } from '../protocol/version.ts'

export interface RelayConfig {
  readonly fleet: string
  readonly port: number
  readonly host: string
  readonly data: string
}

export const DEFAULT_PORT = 8080

/** @throws USAGE, HOME; prints help or version and exits by itself */
export function readConfig(argv: readonly string[], env: NodeJS.ProcessEnv): RelayConfig {
  const program = withManual(new Command('rrelay'))
    .description('Routes what it cannot read between consoles and machines.')
    .version(VERSION)
    .option('--fleet <id>', 'the fleet it serves, as `rconsole init` printed it [RELAY_FLEET]')
    .option('--port <number>', `port to listen on, 0 for any free one, default ${DEFAULT_PORT} [PORT]`)
    .option('--host <address>', 'address to listen on, default 127.0.0.1 [RELAY_HOST]')
    .option('--data <folder>', 'where it keeps statements and the roster, default ./relay-data [RELAY_DATA]')
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
  program.parse(argv, { from: 'user' })
  const flags = program.opts<{ fleet?: string; port?: string; host?: string; data?: string }>()
  return {
    fleet: fleetId(flags.fleet ?? env['RELAY_FLEET']),
    port: portNumber(flags.port ?? env['PORT'] ?? String(DEFAULT_PORT)),
    host: flags.host ?? env['RELAY_HOST'] ?? '127.0.0.1',
    data: folder(flags.data ?? env['RELAY_DATA'] ?? 'relay-data'),
  }
}

function fleetId(text: string | undefined): string {
  if (text !== undefined && /^[A-Za-z0-9_-]{20}$/.test(text)) return text
  const got = text === undefined ? 'nothing' : JSON.stringify(text)
  throw new RconsoleError(
    'USAGE',
    `--fleet: expected the 20 characters that \`rconsole init\` printed, got ${got}`,
  )
}

function portNumber(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new RconsoleError('USAGE', `--port: expected 0 to 65535, got ${JSON.stringify(text)}`)
}

function folder(path: string): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    return path
  } catch (cause) {
    throw new RconsoleError('HOME', `--data: cannot make ${path}: ${systemCode(cause) ?? 'unknown error'}`, {
      cause,
    })
  }
}
