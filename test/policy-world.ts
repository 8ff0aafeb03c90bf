// Agents with a policy of their owner's, in a world of real processes.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Running, World } from './world.ts'

export const isRoot = process.getuid?.() === 0

/** Write the policy file of a machine, and return its path. */
export function policyFile(w: World, name: string, rules: object): string {
  const folder = join(w.folder, `${name}-policy`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'policy.json')
  writeFileSync(file, JSON.stringify(rules), { mode: 0o600 })
  return file
}

export async function agentWith(w: World, name: string, rules: object, ...flags: string[]): Promise<Running> {
  return await w.startAgent(name, await w.token(), '--policy', policyFile(w, name, rules), ...flags)
}
