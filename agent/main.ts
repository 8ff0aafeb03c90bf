#!/usr/bin/env node
// ragent: enrol once, then dial out and serve what the owner of this machine allows.
import pino, { type Logger } from 'pino'
import { RconsoleError, toRconsoleError } from '../protocol/errors.ts'
import { EXIT, ending } from '../protocol/exit.ts'
import { standardError } from '../protocol/standard-error.ts'
import { adopt, type Fleet } from '../protocol/fleet.ts'
import { fetchStatement } from '../protocol/http.ts'
import type { RelayUrl } from '../protocol/relay-url.ts'
import { Agent } from './agent.ts'
import { type AgentConfig, readConfig } from './config.ts'
import { listenLocally } from './control.ts'
import { askLocally } from './control-client.ts'
import { Documents, forgotten } from './documents.ts'
import { enrol, tokenAfterForgotten } from './enrol.ts'
import { forgetVariable } from './forget-variable.ts'
import { AgentHome, type Enrolled } from './home.ts'
import { serveLocally } from './local.ts'
import { LocalLog } from './local-log.ts'
import type { AgentEnd } from './orders.ts'
import { ownNames } from './own-names.ts'
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
  // Whoever lists this process's environment later has no use for the token.
  const isForgotten = forgetVariable('RAGENT_TOKEN')
  const config = called.live
  const home = new AgentHome(config.home)
  const release = home.lock()
  try {
    const log = pino(
      {},
      pino.multistream([{ stream: standardError() }, { stream: new LocalLog(home.logPath) }]),
    )
    if (!isForgotten) log.warn('RAGENT_TOKEN stays in this process’s environment: use --token-file or stdin')
    return statusOf(await live(config, home, log))
  } finally {
    release()
  }
}

async function live(config: AgentConfig, home: AgentHome, log: Logger): Promise<AgentEnd> {
  const { relay } = config
  // Before a token is used up: a policy that is refused ends it here.
  const policy = config.readPolicy()
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
    onUp: () => {
      if (!isFirst) return
      isFirst = false
      process.stdout.write(
        `ragent ${documents.name} connected to ${relay.url} mode=${policy.mode} (${policy.where})\n`,
      )
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

/** Who this machine is: as kept, or enrolled now with a token. @throws USAGE, HOME and what `enrol` throws */
async function identify(config: AgentConfig, home: AgentHome): Promise<{ enrolled: Enrolled; fleet: Fleet }> {
  const kept = home.load()
  const word = kept === undefined ? undefined : home.forgottenWord(kept)
  if (kept !== undefined && word !== undefined) {
    const token = await tokenAfterForgotten(config.relay, { kept, word, token: config.token() })
    return await enrol(home, { relay: config.relay, token, name: config.name })
  }
  if (kept !== undefined) {
    const held = home.loadFleet(kept.fleet)
    const fleet = await newestFleet(config.relay, kept, held)
    // On the disk before it is obeyed: else the next start could be shown the one before.
    if (fleet !== held) home.saveFleet(fleet)
    return { enrolled: kept, fleet }
  }
  const token = config.token()
  if (token === undefined) {
    throw new RconsoleError(
      'TOKEN',
      `this machine has not joined a fleet: give it a token once (--token, made by \`rconsole token new\`)`,
    )
  }
  return await enrol(home, { relay: config.relay, token, name: config.name })
}

/** The relay's document if it is newer; the held one if the relay cannot be asked. @throws OTHER_FLEET, HOME */
async function newestFleet(
  relay: RelayUrl,
  { fleet: pin }: Enrolled,
  held: Fleet | undefined,
): Promise<Fleet> {
  try {
    return adopt(held, pin, await fetchStatement(relay, '/fleet'), Math.floor(Date.now() / 1000))
  } catch (error) {
    if (held === undefined || toRconsoleError(error).code === 'OTHER_FLEET') throw error
    return held
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
