#!/usr/bin/env node
// ragent: enrol once, then dial out and serve what the owner of this machine allows.
import pino, { type Logger } from 'pino'
import { RconsoleError } from '../protocol/errors.ts'
import { EXIT, ending } from '../protocol/exit.ts'
import { standardError } from '../protocol/standard-error.ts'
import { Agent } from './agent.ts'
import { type AgentConfig, readConfig } from './config.ts'
import { listenLocally } from './control.ts'
import { askLocally } from './control-client.ts'
import { Crashes } from './crashes.ts'
import { Documents, forgotten } from './documents.ts'
import { forgetVariable } from './forget-variable.ts'
import { AgentHome } from './home.ts'
import { identify, joinOnly } from './identify.ts'
import { install } from './install.ts'
import { uninstall } from './uninstall.ts'
import { serveLocally } from './local.ts'
import { LocalLog } from './local-log.ts'
import type { AgentEnd } from './orders.ts'
import { ownNames } from './own-names.ts'
import { Receipts } from './receipts.ts'
import { startProgram } from './program.ts'
import { Runs } from './runs.ts'

async function main(): Promise<number> {
  // At once: it also takes the token out of what `ps` shows.
  process.title = 'ragent'
  const called = readConfig(process.argv.slice(2), process.env)
  if ('ask' in called) {
    process.stdout.write(await askLocally(called.home, called.ask, called.isJson))
    return EXIT.ok
  }
  if ('uninstall' in called) {
    process.stdout.write(await uninstall(called.uninstall))
    return EXIT.ok
  }
  if ('install' in called) {
    await install(called.install, (line) => void process.stdout.write(`${line}\n`))
    return EXIT.ok
  }
  // Whoever lists this process's environment later has no use for the token.
  const isForgotten = forgetVariable('RAGENT_TOKEN')
  if ('join' in called) {
    process.stdout.write(`${await joinOnly(called.join)}\n`)
    return EXIT.ok
  }
  const config = called.live
  const home = new AgentHome(config.home)
  const release = home.lock()
  try {
    const log = pino(
      {},
      pino.multistream([{ stream: standardError() }, { stream: new LocalLog(home.logPath) }]),
    )
    if (!isForgotten) log.warn('RAGENT_TOKEN stays in this process’s environment: use --token-file or stdin')
    return statusOf(await counted(home, log, (safe) => live(config, { home, log, safe })))
  } finally {
    release()
  }
}

/** Do `work`, which is told why it should do less if it has crashed again and again. What was foreseen is no crash. */
async function counted(
  home: AgentHome,
  log: Logger,
  work: (safe: string | undefined) => Promise<AgentEnd>,
): Promise<AgentEnd> {
  const crashes = new Crashes(home.folder)
  const note = (step: () => void): void => {
    try {
      step()
    } catch (error) {
      // On a full disk it starts all the same.
      log.warn({ err: error }, 'crashes cannot be counted')
    }
  }
  note(() => crashes.begin())
  if (crashes.reason !== undefined) log.error({ why: crashes.reason }, 'safe mode')
  try {
    const end = await work(crashes.reason)
    note(() => crashes.end())
    return end
  } catch (error) {
    if (error instanceof RconsoleError) note(() => crashes.end())
    throw error
  }
}

interface Around {
  readonly home: AgentHome
  readonly log: Logger
  /** Why it starts in safe mode, if it does. */
  readonly safe: string | undefined
}

async function live(config: AgentConfig, { home, log, safe }: Around): Promise<AgentEnd> {
  const { relay } = config
  // Before a token is used up: a policy that is refused ends it here.
  const owned = config.readPolicy()
  const policy = safe === undefined ? owned : owned.inSafeMode(safe)
  const { enrolled, fleet } = await identify(config, home)
  const runs = new Runs({
    folder: home.runsFolder,
    machine: enrolled.name,
    names: () => ownNames(enrolled.name),
    start: startProgram,
    failed: (error) => log.error({ err: error }, 'a run cannot be kept as it should'),
  })
  let isFirst = true
  const documents = new Documents({ home, enrolled, fleet, log })
  const agent = new Agent({
    relay,
    home: home.folder,
    enrolled,
    documents,
    runs,
    policy,
    readPolicy: config.readPolicy,
    log,
    receipts: new Receipts({
      path: home.receiptsPath(enrolled),
      fleet: enrolled.fleet,
      identity: enrolled.identity,
    }),
    onUp: () => {
      if (!isFirst) return
      isFirst = false
      process.stdout.write(
        `ragent ${documents.name} connected to ${relay.url} mode=${policy.mode} (${policy.where})\n`,
      )
      if (policy.safe !== undefined) process.stdout.write(`safe mode: ${policy.safe}\n`)
      if (documents.refusal !== undefined) process.stdout.write(`${documents.refusal.message}\n`)
    },
  })
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.once(signal, () => {
      agent.stop().catch((error: unknown) => log.error({ err: error }, 'stopping failed'))
    })
  }
  const stopListening = await listenLocally(home.folder, (request) => serveLocally(agent, request), log)
  try {
    const end = await agent.live()
    if (end === 'forgotten') throw forgotten(documents.name)
    return end
  } finally {
    stopListening()
    await runs.close()
  }
}

function statusOf(end: AgentEnd): number {
  return end === 'restart' ? EXIT.restart : EXIT.ok
}

const CONFIG = {
  TOKEN: EXIT.config,
  TOKEN_EXPIRED: EXIT.config,
  TOKEN_USED: EXIT.config,
  OTHER_FLEET: EXIT.config,
  HOME: EXIT.config,
  POLICY: EXIT.config,
  BAD_SIGNATURE: EXIT.config,
  REFUSED: EXIT.config,
} as const

try {
  process.exitCode = await main()
} catch (error) {
  const { status, line } = ending('ragent', error, { ...CONFIG, USAGE: EXIT.usage, RELAY_URL: EXIT.usage })
  if (line !== undefined) process.stderr.write(`${line}\n`)
  process.exitCode = status
}
