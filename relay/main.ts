#!/usr/bin/env node
// rrelay: admits by signature, routes what it cannot read.
import pino from 'pino'
import { EXIT, ending } from '../protocol/exit.ts'
import { standardError } from '../protocol/standard-error.ts'
import { readConfig } from './config.ts'
import { startRelay } from './server.ts'

async function main(): Promise<number> {
  process.title = 'rrelay'
  const config = readConfig(process.argv.slice(2), process.env)
  const log = pino({}, standardError())
  const stopped = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve)
  })
  const relay = await startRelay({ ...config, log })
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  process.stdout.write(`rrelay listening on http://${host}:${relay.port}\n`)
  log.info({ signal: await stopped }, 'stopping')
  await relay.stop()
  return EXIT.ok
}

try {
  process.exitCode = await main()
} catch (error) {
  const { status, line } = ending('rrelay', error, {
    USAGE: EXIT.usage,
    ADDRESS_IN_USE: EXIT.inUse,
    HOME: EXIT.config,
    OTHER_FLEET: EXIT.config,
    EXPIRED: EXIT.config,
  })
  if (line !== undefined) process.stderr.write(`${line}\n`)
  process.exitCode = status
}
