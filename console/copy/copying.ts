// One copy with one machine, gone on with when the machine comes back from a loss.
import { mkdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { failure } from '../../protocol/copy/failure.ts'
import type { Item, Reply, Totals } from '../../protocol/copy/items.ts'
import { Receiver } from '../../protocol/copy/receive.ts'
import { send } from '../../protocol/copy/send.ts'
import { RconsoleError, systemCode, toRconsoleError } from '../../protocol/errors.ts'
import { waitFor } from '../ask.ts'
import type { Client } from '../client.ts'
import type { Machine } from '../machine.ts'
import { type Operands, nameOf } from './operands.ts'
import { Queue } from './queue.ts'
import type { Tally } from './tally.ts'

/** How long a machine may take to come back (ms): a restart, not a repair. And how often it may be lost. */
const BACK_MS = 60_000
const MOST_LOSSES = 20

export interface Copying {
  readonly client: Client
  readonly machine: Machine
  readonly operands: Operands
  readonly recursive: boolean
  readonly force: boolean
  /** What is fetched goes into a folder of the machine’s own. */
  readonly ownFolder: boolean
  readonly signal: AbortSignal
  readonly tally: Tally
  /** The machine was lost, and is waited for. */
  lost(why: string): void
}

/** Copy, and go on after each loss with what is not there yet. @throws what ended it: NO_FILE, NO_SPACE, POLICY, … */
export async function copyWith(copying: Copying): Promise<Totals> {
  const { client, machine, operands, signal, tally } = copying
  let boot = machine.presence?.boot
  for (let losses = 0; ; losses++) {
    try {
      return tally.totals(
        operands.way === 'put' ? await put(copying, operands) : await get(copying, operands),
      )
    } catch (error) {
      const { code, message } = toRconsoleError(error)
      if (signal.aborted || losses >= MOST_LOSSES || code !== 'LOST') throw error
      copying.lost(message)
      const isBack = (now: Machine): boolean => now.state === 'online' && now.presence?.boot !== boot
      const what = `${machine.name}: ${message}; it did not come back`
      boot = (await waitFor(client, machine.id, isBack, { ms: BACK_MS, what, signal })).presence?.boot
      tally.restart()
    }
  }
}

async function put(copying: Copying, { sources, to }: Extract<Operands, { way: 'put' }>): Promise<Totals> {
  const { client, machine, recursive, force, signal, tally } = copying
  const replies = new Queue<Reply>()
  const names = sources.map((source) => nameOf(resolve(source), source))
  const into = sources.length > 1 || to.endsWith('/') ? { into: true as const } : {}
  const request = { to, names, ...into, ...(force ? { force: true as const } : {}) }
  const stop = new AbortController()
  let failed: unknown
  // What ends our side ends the other: nothing is left waiting for files that do not come.
  async function* items(): AsyncGenerator<Item> {
    try {
      const all = { sources, recursive, fd: 0 as const, signal: stop.signal, replies }
      for await (const item of send(all)) {
        tally.item(item)
        yield item
      }
    } catch (error) {
      failed ??= error
      stop.abort(new RconsoleError('CANCELLED', 'the copy was given up'))
      throw error
    }
  }
  const call = client.call(machine, 'put', request, {
    signal: AbortSignal.any([signal, stop.signal]),
    input: items(),
  })
  try {
    for (;;) {
      const { done, value } = await call.next()
      if (done === true) return value
      tally.reply(value)
      if ('answers' in value) replies.push(value)
    }
  } catch (error) {
    throw failed ?? error
  } finally {
    replies.end()
    stop.abort(new RconsoleError('CANCELLED', 'the copy is over'))
  }
}

async function get(copying: Copying, operands: Extract<Operands, { way: 'get' }>): Promise<Totals> {
  const { client, machine, recursive, force, signal, tally } = copying
  const receiver = new Receiver({ places: await placesOf(copying, operands), recursive, force })
  const replies = new Queue<Reply>()
  const request = { paths: [...operands.paths], ...(recursive ? { recursive: true as const } : {}) }
  const call = client.call(machine, 'get', request, { signal, input: replies })
  try {
    for (;;) {
      const { done, value } = await call.next()
      if (done === true) break
      tally.item(value)
      const reply = await receiver.take(value)
      if (reply === undefined) continue
      tally.reply(reply)
      if ('answers' in reply) replies.push(reply)
    }
    for (const failed of await receiver.end()) tally.reply({ failed })
    return receiver.totals
  } finally {
    replies.end()
    await call.return({})
    await receiver.close()
  }
}

/** Into a folder that is there under their own names; else one source takes the name that was given. @throws NO_FILE */
async function placesOf(
  copying: Copying,
  { paths, to }: Extract<Operands, { way: 'get' }>,
): Promise<string[]> {
  const { machine, ownFolder } = copying
  if (await isFolder(to)) {
    const folder = ownFolder ? join(to, machine.name) : to
    if (ownFolder) await makeFolder(folder)
    return paths.map((path) => join(folder, nameOf(path)))
  }
  if (!ownFolder && paths.length === 1 && !to.endsWith('/') && basename(to) !== '') return [to]
  throw new RconsoleError('NO_FILE', `${to}: expected a folder that is there`)
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw failure(path, error)
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw failure(path, error)
  }
}
