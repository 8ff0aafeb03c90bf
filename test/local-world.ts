// The local commands of a machine in a world of real processes: as typed, or said to its socket where only the answer counts.
import { join } from 'node:path'
import { askLocally } from '../agent/control-client.ts'
import type { Answer, World } from './world.ts'

/** As typed at the machine. */
export async function ragent(w: World, name: string, ...args: string[]): Promise<Answer> {
  const running = w.start('agent', [...args, '--home', join(w.folder, name)])
  running.child.stdin?.end()
  return await running.exit
}

export async function status(w: World, name: string): Promise<Record<string, unknown>> {
  return JSON.parse(await askLocally(join(w.folder, name), { ask: 'status' }, true))
}

/** What the fleet document calls the operator of this world. */
export async function operatorName(w: World): Promise<string> {
  const { operators } = JSON.parse(await w.ok(['fleet', 'show', '--json']))
  return String(operators[0].name)
}
