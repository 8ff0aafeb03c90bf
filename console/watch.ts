// The machines that targets mean, as they change: on a terminal as a page, for scripts as a line for each change.
import { RconsoleError } from '../protocol/errors.ts'
import type { Client } from './client.ts'
import type { Context } from './context.ts'
import { say, writeJson } from './io.ts'
import { acceptAsTheyJoin } from './live.ts'
import { LiveScreen } from './live-screen.ts'
import type { Machine } from './machine.ts'
import { meaningsOf } from './meanings.ts'
import { byName } from './ranges.ts'
import { select } from './targets.ts'

/** How often the ages on a page are shown anew (ms). */
const AGE_MS = 5_000

/** Which machines: the targets, as far as a condition on each holds now. */
export interface Wanted {
  readonly targets: readonly string[]
  readonly holds: (machine: Machine) => boolean
}

type Plain = (machine: Machine) => Readonly<Record<string, unknown>>

/** All of them first; then each that is not as it was, until the console is told to end. */
export async function watchAsJson(context: Context, wanted: Wanted, plain: Plain): Promise<number> {
  const { io } = context
  return await watching(context, wanted, async (client, shown) => {
    const said = new Map<string, { readonly text: string; readonly machine: Machine }>()
    const change = new Bell()
    const stop = client.onChange(() => change.ring())
    io.signal.addEventListener('abort', () => change.ring(), { once: true })
    let isUp = true
    for (;;) {
      const changed = change.next()
      const machines = shown()
      for (const machine of machines) {
        const text = JSON.stringify(plain(machine))
        if (said.get(machine.id)?.text === text) continue
        said.set(machine.id, { text, machine })
        await writeJson(io, plain(machine))
      }
      const ids = new Set(machines.map(({ id }) => id))
      for (const [id, { machine }] of said) {
        if (ids.has(id)) continue
        said.delete(id)
        await writeJson(io, { ...plain(machine), gone: true })
      }
      if (client.isUp !== isUp) say(io, client.isUp ? 'rconsole: connected again' : `rconsole: ${AWAY}`)
      isUp = client.isUp
      await changed
      if (io.signal.aborted) stop()
      io.signal.throwIfAborted()
    }
  })
}

/** What happens at any time is waited for one at a time. */
class Bell {
  #ring: () => void = () => undefined

  ring(): void {
    this.#ring()
  }

  async next(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#ring = resolve
    })
  }
}

/** Until q or Ctrl-C. */
export async function watchOnScreen(
  context: Context,
  wanted: Wanted,
  lines: (machines: readonly Machine[]) => readonly string[],
): Promise<number> {
  const { io } = context
  return await watching(context, wanted, async (client, shown) => {
    // Whatever is wrong with a history, the next command says it, too.
    context.isWarning = false
    const screen = new LiveScreen(io, () => [...lines(shown()), ...(client.isUp ? [] : ['', AWAY])])
    const ages = setInterval(() => screen.changed(), AGE_MS)
    const stop = client.onChange(() => screen.changed())
    try {
      screen.changed()
      await aborted(AbortSignal.any([screen.left, io.signal]))
    } finally {
      clearInterval(ages)
      stop()
      await screen.close()
    }
    return 0
  })
}

const AWAY = 'the relay is not reachable: what is shown may be old'

/** `work` with all machines followed; new ones that this operator may sign for are signed for, as by any `ls`. */
async function watching(
  context: Context,
  wanted: Wanted,
  work: (client: Client, shown: () => Machine[]) => Promise<number>,
): Promise<number> {
  const signatory = await context.signatory()
  return await context.withClient(async (client) => {
    const stop = acceptAsTheyJoin(client, signatory)
    try {
      await client.find({ watch: true })
      // Targets that mean nothing now are a mistake; later it is what happened.
      meant(context, wanted, client)
      return await work(client, () => orNone(() => meant(context, wanted, client)))
    } finally {
      stop()
    }
  })
}

function meant(context: Context, { targets, holds }: Wanted, client: Client): Machine[] {
  const machines = client.machines.filter(({ standing }) => standing !== 'forgotten')
  const chosen = targets.length === 0 ? machines : select(targets, machines, meaningsOf(context.folder))
  return chosen.filter(holds).toSorted((one, other) => byName(one.name, other.name))
}

function orNone(choose: () => Machine[]): Machine[] {
  try {
    return choose()
  } catch (error) {
    // No machine has that name or label any more.
    if (error instanceof RconsoleError) return []
    throw error
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
