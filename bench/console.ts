// A console inside the bench itself: the product's client and its fan-out, several runs over one connection.
import { Client } from '../console/client.ts'
import { Context } from '../console/context.ts'
import { FanOut } from '../console/fan/fan-out.ts'
import { Groups } from '../console/fan/groups.ts'
import type { Machine } from '../console/machine.ts'
import { newWorkId } from '../console/work-id.ts'
import type { World } from '../test/world.ts'
import { envOf } from './stage.ts'

export async function connect(world: World): Promise<Client> {
  const io = {
    argv: [],
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: envOf(world),
    signal: new AbortController().signal,
  }
  return await new Context(io, {}).connect()
}

/** Run it on all of them and fold the answers. @throws unless every machine did it and printed the same */
export async function runOnAll(
  client: Client,
  machines: readonly Machine[],
  argv: readonly string[],
): Promise<void> {
  const groups = new Groups(false)
  const id = newWorkId()
  const fan = new FanOut({
    client,
    machines,
    id,
    begin: { id, program: { argv: [...argv] } },
    parallel: machines.length,
    retryFor: 0,
    signal: new AbortController().signal,
    answered: ({ entry, report, body }) => void groups.add(entry, entry.state, report, body),
    changed: () => undefined,
  })
  await fan.run()
  const [first, ...others] = groups.sorted
  const done = first?.members.length ?? 0
  if (done === machines.length && others.length === 0) return
  const odd = fan.entries.find(({ state }) => state.word !== 'done')
  throw new Error(
    `${done} of ${machines.length} machines answered alike; ${odd?.name}: ${JSON.stringify(odd?.state)}`,
  )
}

/** One run on one machine over a connection that is there (ms). @throws what the run throws */
export async function runOnce(client: Client, machine: Machine, argv: readonly string[]): Promise<number> {
  const begun = performance.now()
  const call = client.call(machine, 'run', { id: newWorkId(), program: { argv: [...argv] } })
  for (;;) {
    const { done, value } = await call.next()
    if (done !== true) continue
    if (value.code !== 0) throw new Error(`${argv.join(' ')} ended with ${JSON.stringify(value)}`)
    return performance.now() - begun
  }
}
