// ragent install: joins the fleet, writes the unit, and starts it; said again, it brings a changed unit into force.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chownSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import * as v from 'valibot'
import { RconsoleError, systemCode } from '../protocol/errors.ts'
import { EXIT } from '../protocol/exit.ts'
import { type Account, findAccount, prefixOf } from './account.ts'
import { askLocally } from './control-client.ts'
import { statusSchema } from './control-messages.ts'
import type { InstallOptions } from './config.ts'
import { isBooted, needRoot, systemctl } from './service-manager.ts'
import { ENVIRONMENT_FILE, readUnit, UNIT, UNIT_PATH, unitText } from './unit.ts'

/** How long the service may take to be connected (ms). */
const CONNECT_MS = 30_000
const LOOK_MS = 200
/** What a proxied connection needs: a service does not inherit it. */
const NETWORK = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy', 'NODE_EXTRA_CA_CERTS']

/** @throws USAGE, HOME, UNSUPPORTED, FAILED, and what keeps it from joining */
export async function install(options: InstallOptions, say: (line: string) => void): Promise<void> {
  needRoot('install')
  const account = accountOf(options.user)
  const home = homeFor(options.home)
  const program = programPath()
  checkUnit()
  checkNetwork()
  const policy = options.policy ?? (account.uid === 0 ? undefined : ownersPolicy())
  const flags = [
    '--relay',
    options.relay,
    '--home',
    home,
    ...(options.mode === undefined ? [] : ['--mode', options.mode]),
    ...(policy === undefined ? [] : ['--policy', resolve(policy)]),
  ]
  makeHome(home, account)
  await join(program, account, flags, options)
  const command = [process.execPath, program, ...flags]
  writeFileSync(UNIT_PATH, unitText({ command, home, user: account.name }), { mode: 0o644 })
  systemctl('enable', UNIT)
  if (!isBooted()) {
    say(`${UNIT_PATH} is written and enabled; systemd does not run here now: it starts with the machine`)
    return
  }
  systemctl('daemon-reload')
  systemctl('restart', UNIT)
  say(await connected(home))
}

function accountOf(user: string): Account {
  const account = /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/.test(user) ? findAccount(user) : undefined
  if (account !== undefined) return account
  throw new RconsoleError(
    'USAGE',
    `--user: expected a user of this machine, got ${JSON.stringify(user)}; \`useradd --system --create-home ${user.replace(/[^\w.-]/g, '')}\` makes one`,
  )
}

/** It stands in the unit, which has rules of its own for everything else. */
function homeFor(home: string): string {
  const path = resolve(home)
  if (/^(?:\/[A-Za-z0-9@+=:,._-]+){2,}$/.test(path)) return path
  throw new RconsoleError(
    'USAGE',
    `--home: expected a folder like /var/lib/ragent, without blanks, got ${JSON.stringify(home)}`,
  )
}

/** Where this package lies, which the unit names. @throws USAGE for a place that is gone tomorrow */
function programPath(): string {
  const path = realpathSync(process.argv[1] ?? '')
  if (!path.includes('/_npx/')) return path
  throw new RconsoleError('USAGE', 'npx keeps its packages for a while only: npm install -g rconsole first')
}

/** @throws FAILED when a person wrote the unit that is there */
function checkUnit(): void {
  if (!existsSync(UNIT_PATH) || readUnit(readFileSync(UNIT_PATH, 'utf8')) !== undefined) return
  throw new RconsoleError('FAILED', `${UNIT_PATH} was not written by ragent install: remove it first`)
}

/** @throws USAGE when it would join through a proxy, and not find it again as a service */
function checkNetwork(): void {
  const found = NETWORK.find((name) => (process.env[name] ?? '') !== '')
  if (found === undefined || existsSync(ENVIRONMENT_FILE)) return
  throw new RconsoleError(
    'USAGE',
    `${found} is set here, and a service does not inherit it: write ${found}=… into ${ENVIRONMENT_FILE} first`,
  )
}

/** What an owner wrote holds for every user that the service may have. */
function ownersPolicy(): string | undefined {
  const file = '/etc/ragent/policy.json'
  return existsSync(file) ? file : undefined
}

/** The agent's folder, its user's own. @throws HOME */
function makeHome(home: string, { uid, gid, name }: Account): void {
  try {
    mkdirSync(dirname(home), { recursive: true, mode: 0o755 })
    mkdirSync(home, { mode: 0o700 })
    chownSync(home, uid, gid)
  } catch (cause) {
    if (systemCode(cause) !== 'EEXIST')
      throw new RconsoleError('HOME', `cannot make ${home}: ${systemCode(cause) ?? 'unknown error'}`, {
        cause,
      })
    if (statSync(home).uid !== uid)
      throw new RconsoleError(
        'HOME',
        `${home} belongs to another user than ${name}: chown -R ${name}: ${home}, or ragent uninstall --purge first`,
      )
  }
}

/** As its own user, so that root writes nothing in a folder of someone else's, and what that user cannot read is found now. */
async function join(
  program: string,
  account: Account,
  flags: readonly string[],
  { name, token, tokenFile }: InstallOptions,
): Promise<void> {
  const hasToken = token !== undefined || tokenFile !== undefined
  const words = [
    ...(account.uid === process.getuid?.() ? [] : prefixOf({ account })),
    process.execPath,
    program,
    'join',
    ...flags,
    ...(name === undefined ? [] : ['--name', name]),
    ...(hasToken ? ['--token', '-'] : []),
  ]
  const [file = '', ...args] = words
  const { RAGENT_TOKEN: _, ...env } = process.env
  const child = spawn(file, args, { stdio: [inputOf(token, tokenFile), 'inherit', 'pipe'], env, cwd: '/' })
  let said = ''
  child.stderr?.on('data', (data: Buffer) => (said += data.toString()))
  // Whoever has joined before does not read it.
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(token)
  await once(child, 'close')
  if (child.exitCode === EXIT.ok) return
  const why = said.trim().replace(/^ragent: /, '') || `it ended with ${child.exitCode ?? child.signalCode}`
  const code = child.exitCode === EXIT.usage ? 'USAGE' : child.exitCode === EXIT.config ? 'HOME' : 'FAILED'
  throw new RconsoleError(code, `${why} (as ${account.name}; nothing is installed)`)
}

/** A token is handed over where no list of processes shows it. @throws USAGE */
function inputOf(token: string | undefined, tokenFile: string | undefined): 'inherit' | 'pipe' | number {
  if (token !== undefined && token !== '-') return 'pipe'
  if (tokenFile === undefined || tokenFile === '-') return 'inherit'
  try {
    return openSync(tokenFile, 'r')
  } catch (cause) {
    throw new RconsoleError(
      'USAGE',
      `--token-file: cannot read ${tokenFile}: ${systemCode(cause) ?? 'unknown error'}`,
      { cause },
    )
  }
}

/** Wait until the process of the unit says that it is connected. @throws OFFLINE */
async function connected(home: string): Promise<string> {
  const deadline = performance.now() + CONNECT_MS
  while (performance.now() < deadline) {
    const pid = Number(systemctl('show', '--property=MainPID', '--value', UNIT))
    const status = await ask(home)
    if (status?.pid === pid && status.connected)
      return `${status.name} (pid ${pid}) is connected to ${status.relay}, and starts with the machine`
    await delay(LOOK_MS)
  }
  throw new RconsoleError(
    'OFFLINE',
    `${UNIT} is installed and not connected after ${CONNECT_MS / 1000} s: journalctl -u ragent says why`,
  )
}

async function ask(home: string): Promise<v.InferOutput<typeof statusSchema> | undefined> {
  try {
    return v.parse(statusSchema, JSON.parse(await askLocally(home, { ask: 'status' }, true)))
  } catch {
    // Not up yet.
    return undefined
  }
}
