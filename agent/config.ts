// ragent's configuration: flags and environment; the token from a flag, a file, the environment or stdin.
import { fstatSync, readFileSync } from 'node:fs'
import { Command } from 'commander'
import { RconsoleError, systemCode } from '../protocol/errors.ts'
import { parseRelayUrl, type RelayUrl } from '../protocol/relay-url.ts'
import { VERSION } from '../protocol/version.ts'
import { defaultHome } from './home.ts'
import { defaultName } from './host.ts'
import { isMode, type Mode, MODES } from './policy.ts'

export interface AgentConfig {
  readonly relay: RelayUrl
  readonly home: string
  readonly name: string
  readonly mode: Mode
  /** Where to find the token, if this machine has to enrol. */
  readonly token: () => string | undefined
}

/** @throws USAGE, RELAY_URL */
export function readConfig(argv: readonly string[], env: NodeJS.ProcessEnv): AgentConfig {
  const program = new Command('ragent')
    .description(
      'Makes this machine reachable for the operators of its fleet. Dials out, listens on nothing.',
    )
    .version(VERSION)
    .option('--relay <url>', 'the relay to dial [RAGENT_RELAY]')
    .option('--token <token>', 'join token, needed once [RAGENT_TOKEN]; from stdin if it is piped in')
    .option('--token-file <path>', 'the same, from a file')
    .option('--name <name>', 'what to call this machine, default its host name')
    .option(
      '--home <folder>',
      'where its key is kept, default /var/lib/ragent as root, else $XDG_STATE_HOME/ragent [RAGENT_HOME]',
    )
    .option('--mode <mode>', `what operators may do here: ${MODES.join(' or ')}, default full`, 'full')
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
  program.parse(argv, { from: 'user' })
  const flags = program.opts<{
    relay?: string
    token?: string
    tokenFile?: string
    name?: string
    home?: string
    mode: string
  }>()
  const relay = flags.relay ?? env['RAGENT_RELAY']
  if (relay === undefined)
    throw new RconsoleError('USAGE', '--relay: expected the URL of a relay, got nothing')
  const fromEnvironment = env['RAGENT_TOKEN']
  // Children, and whoever lists this process's environment later, have no use for it.
  delete env['RAGENT_TOKEN']
  return {
    relay: parseRelayUrl(relay),
    home: flags.home ?? env['RAGENT_HOME'] ?? defaultHome(env),
    name: machineName(flags.name ?? defaultName()),
    mode: mode(flags.mode),
    token: () => findToken(flags, fromEnvironment),
  }
}

/** From a flag, a file, the environment, or else from what is piped in. @throws USAGE */
function findToken(flags: { token?: string; tokenFile?: string }, environment?: string): string | undefined {
  const { token, tokenFile } = flags
  if (token === '-' || tokenFile === '-') return readTokenFrom(0, 'stdin')
  if (token !== undefined) return token
  if (tokenFile !== undefined) return readTokenFrom(tokenFile, `--token-file: cannot read ${tokenFile}`)
  if (environment !== undefined && environment !== '') return environment
  // An empty pipe is no token: a service may be started with one.
  return isPiped(0) ? readTokenFrom(0, 'stdin') || undefined : undefined
}

function readTokenFrom(file: string | 0, what: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw new RconsoleError('USAGE', `${what}: ${systemCode(cause) ?? 'unknown error'}`, { cause })
  }
}

/** Not a terminal, and not the /dev/null that services are given. */
function isPiped(fd: number): boolean {
  try {
    const stat = fstatSync(fd)
    return stat.isFIFO() || stat.isFile()
  } catch {
    // Closed: nothing comes from there.
    return false
  }
}

function machineName(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name)) return name
  throw new RconsoleError(
    'USAGE',
    `--name: expected up to 63 of A-Z a-z 0-9 . _ -, got ${JSON.stringify(name)}`,
  )
}

function mode(text: string): Mode {
  if (isMode(text)) return text
  throw new RconsoleError('USAGE', `--mode: expected ${MODES.join(' or ')}, got ${JSON.stringify(text)}`)
}
