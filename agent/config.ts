// How ragent was called: flags, local commands, environment; the token from a flag, a file, the environment or stdin.
import { fstatSync, readFileSync } from 'node:fs'
import { Command } from 'commander'
import { RconsoleError, systemCode } from '../protocol/errors.ts'
import { withManual } from '../protocol/man.ts'
import { GRANTED, type Mode, MODES } from '../protocol/owner-policy.ts'
import { parseRelayUrl, type RelayUrl } from '../protocol/relay-url.ts'
import { parseDuration } from '../protocol/units.ts'
import { VERSION } from '../protocol/version.ts'
import type { ControlRequest } from './control-messages.ts'
import { defaultHome } from './home.ts'
import { defaultName } from './host.ts'
import type { Policy } from './policy.ts'
import { policyReader } from './policy-file.ts'

export interface AgentConfig {
  readonly relay: RelayUrl
  readonly home: string
  readonly name: string
  /** What the owner's policy says, read anew at each call. @throws POLICY */
  readonly readPolicy: () => Policy
  /** Where to find the token, if this machine has to enrol. */
  readonly token: () => string | undefined
}

/** What ragent is to do: live, join a fleet and no more, become a service or end being one, or ask the one that lives. */
export type Called =
  | { readonly live: AgentConfig }
  | { readonly join: AgentConfig }
  | { readonly install: InstallOptions }
  | { readonly uninstall: { readonly purge: boolean } }
  | { readonly ask: ControlRequest; readonly home: string; readonly isJson: boolean }

/** What `install` was told, as words: they are checked by the agent that it starts. */
export interface InstallOptions {
  readonly relay: string
  readonly user: string
  readonly home: string
  readonly name: string | undefined
  readonly mode: string | undefined
  readonly policy: string | undefined
  readonly token: string | undefined
  readonly tokenFile: string | undefined
}

interface Flags {
  readonly relay?: string
  readonly token?: string
  readonly tokenFile?: string
  readonly name?: string
  readonly home?: string
  readonly mode?: string
  readonly policy?: string
}

/** @throws USAGE, RELAY_URL, and a CommanderError for help and for what is not known */
export function readConfig(argv: readonly string[], env: NodeJS.ProcessEnv): Called {
  let called: Called | undefined
  const program = withManual(new Command('ragent'))
    .description(
      'Makes this machine reachable for the operators of its fleet. Dials out, listens on nothing but a socket in its home.',
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
    .option(
      '--mode <mode>',
      `what operators may do here, if it is less than the policy's: ${MODES.join(', ')}`,
    )
    .option(
      '--policy <file>',
      'the policy of the owner, default /etc/ragent/policy.json as root if it is there',
    )
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .configureHelp({ showGlobalOptions: true })
    .action((flags: Flags) => void (called = { live: liveConfig(flags, env) }))
  program
    .command('join')
    .description('join the fleet with a token, and end; a start without a token goes on from there')
    .action(
      (_: object, command: Command) => void (called = { join: liveConfig(command.optsWithGlobals(), env) }),
    )
  program
    .command('install')
    .description('make ragent a service of this machine (systemd): joins, starts now and at each boot')
    .option('--user <name>', 'the user that it runs as, who must exist', 'root')
    .action(
      (_: object, command: Command) =>
        void (called = { install: installOptions(command.optsWithGlobals(), env) }),
    )
  program
    .command('uninstall')
    .description('stop the service and remove it')
    .option('--purge', 'and all that it kept: its key, its log, outputs of runs')
    .action(({ purge }: { purge?: true }) => void (called = { uninstall: { purge: purge === true } }))
  for (const [name, local] of Object.entries(LOCAL)) {
    const command = program.command(name).description(local.summary).option('--json', 'print one JSON object')
    for (const argument of local.arguments) command.argument(argument)
    command.action((...given: unknown[]) => {
      const words = given.slice(0, local.arguments.length).map(String)
      const { home, json } = command.optsWithGlobals<Flags & { json?: true }>()
      called = { ask: local.request(words), home: homeOf(home, env), isJson: json === true }
    })
  }
  program.parse(argv, { from: 'user' })
  if (called === undefined) throw new RconsoleError('USAGE', 'nothing to do; see ragent --help')
  return called
}

interface Local {
  readonly summary: string
  readonly arguments: readonly string[]
  readonly request: (words: readonly string[]) => ControlRequest
}

/** The commands for whoever is at the machine. */
const LOCAL: Readonly<Record<string, Local>> = {
  status: {
    summary: 'show what the ragent of this machine does, and by which policy',
    arguments: [],
    request: () => ({ ask: 'status' }),
  },
  grant: {
    summary: 'let an operator run, or open a shell, for a time, whatever the mode of the policy',
    arguments: ['<run|shell>', '<operator>', '<time>'],
    request: ([what, operator = '', time = '']) => ({
      ask: 'grant',
      what: granted(what),
      operator,
      ms: positive(parseDuration('grant', time)),
    }),
  },
  revoke: {
    summary: 'take a grant back',
    arguments: ['<run|shell>', '<operator>'],
    request: ([what, operator = '']) => ({ ask: 'revoke', what: granted(what), operator }),
  },
  allow: {
    summary: 'say yes to what an operator asks for (ragent status shows the id)',
    arguments: ['<id>'],
    request: ([id = '']) => ({ ask: 'answer', id, isAllowed: true }),
  },
  deny: {
    summary: 'say no to it',
    arguments: ['<id>'],
    request: ([id = '']) => ({ ask: 'answer', id, isAllowed: false }),
  },
  stop: {
    summary: 'end the ragent of this machine and all that it serves',
    arguments: [],
    request: () => ({ ask: 'stop' }),
  },
}

function installOptions(flags: Flags & { user: string }, env: NodeJS.ProcessEnv): InstallOptions {
  const {
    relay = env['RAGENT_RELAY'],
    user,
    name,
    mode,
    policy,
    token = env['RAGENT_TOKEN'],
    tokenFile,
  } = flags
  if (relay === undefined) throw noRelay()
  const home = homeOf(flags.home, env)
  return { relay, user, home, name, mode, policy, token, tokenFile }
}

function liveConfig(flags: Flags, env: NodeJS.ProcessEnv): AgentConfig {
  const relay = flags.relay ?? env['RAGENT_RELAY']
  if (relay === undefined) throw noRelay()
  const fromEnvironment = env['RAGENT_TOKEN']
  const mode = flags.mode === undefined ? undefined : modeOf(flags.mode)
  return {
    relay: parseRelayUrl(relay),
    home: homeOf(flags.home, env),
    name: machineName(flags.name ?? defaultName()),
    readPolicy: policyReader(flags.policy, mode),
    token: () => findToken(flags, fromEnvironment),
  }
}

function noRelay(): RconsoleError {
  return new RconsoleError('USAGE', '--relay: expected the URL of a relay, got nothing')
}

function homeOf(flag: string | undefined, env: NodeJS.ProcessEnv): string {
  return flag ?? env['RAGENT_HOME'] ?? defaultHome(env)
}

function granted(what: string | undefined): (typeof GRANTED)[number] {
  const found = GRANTED.find((rule) => rule === what)
  if (found !== undefined) return found
  throw new RconsoleError('USAGE', `expected ${GRANTED.join(' or ')}, got ${JSON.stringify(what)}`)
}

function positive(ms: number): number {
  if (ms > 0) return ms
  throw new RconsoleError('USAGE', 'grant: expected more than no time')
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

function modeOf(text: string): Mode {
  const found = MODES.find((mode) => mode === text)
  if (found !== undefined) return found
  throw new RconsoleError('USAGE', `--mode: expected ${MODES.join(', ')}, got ${JSON.stringify(text)}`)
}
