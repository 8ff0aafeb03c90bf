// Many of the product's own agents in one process, with only their program runner replaced.
// Arguments: relay URL, folder, first number, how many, how many kinds of output. The token comes as RAGENT_TOKEN.
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import pino from 'pino'
import { Agent } from '../agent/agent.ts'
import { Documents } from '../agent/documents.ts'
import { enrol } from '../agent/enrol.ts'
import { AgentHome } from '../agent/home.ts'
import { Policy } from '../agent/policy.ts'
import { Program, type ProgramOptions } from '../agent/program.ts'
import { Runs } from '../agent/runs.ts'
import { parseRelayUrl } from '../protocol/relay-url.ts'

/** Agents that dial at the same time: the relay lets only so many wait at its door. */
const AT_ONCE = 50
/** No process has it: whatever is sent to it reaches nobody. */
const NO_PID = 2 ** 30

const [url = '', folder = '', first = '0', count = '0', kinds = '1'] = process.argv.slice(2)
const relay = parseRelayUrl(url)
const log = pino({ level: 'fatal' })

/** What machine `n` prints: nothing for `true`, for anything else a text of which there are so many kinds. */
function outputOf(n: number, { argv }: ProgramOptions): string {
  if (argv[0] === 'true') return ''
  const kind = n % 100 === 0 ? (n / 100) % Number(kinds) : 0
  return `kind ${kind}\n${'the same line in every file\n'.repeat(60)}`
}

function echo(n: number): (options: ProgramOptions) => Promise<Program> {
  return async (options) => {
    const program = new Program(
      { pid: NO_PID, id: options.id, since: 0 },
      {
        stdin: new Writable({ write: (_chunk, _encoding, done) => done() }),
        stdout: Readable.from([Buffer.from(outputOf(n, options))]),
        stderr: Readable.from([]),
        exit: Promise.resolve({ code: 0, signal: null }),
      },
    )
    return await Promise.resolve(program)
  }
}

async function start(n: number): Promise<void> {
  const name = `sim-${String(n).padStart(5, '0')}`
  const home = new AgentHome(join(folder, name))
  const { enrolled, fleet } = await enrol(home, { relay, token: process.env['RAGENT_TOKEN'] ?? '', name })
  const runs = new Runs({
    folder: home.runsFolder,
    machine: name,
    names: () => [name],
    start: echo(n),
    failed: (error) => {
      throw error
    },
  })
  await new Promise<void>((resolve, reject) => {
    const agent = new Agent({
      relay,
      enrolled,
      documents: new Documents({ home, enrolled, fleet, log }),
      readPolicy: () => new Policy('full'),
      log,
      runs,
      onUp: resolve,
    })
    agent.live().catch(reject)
  })
}

for (let n = Number(first); n < Number(first) + Number(count); n += AT_ONCE) {
  const most = Math.min(AT_ONCE, Number(first) + Number(count) - n)
  await Promise.all(Array.from({ length: most }, (_, index) => start(n + index)))
}
process.stdout.write('ready\n')
