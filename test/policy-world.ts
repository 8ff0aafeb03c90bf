// Agents with a policy of their owner's, in a world of real processes.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
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

/** That the console refuses with this line and 255; `isSent`: whether the agent was asked. */
export async function isRefused(
  t: Test,
  w: World,
  { name, args, line, isSent }: { name: string; args: readonly string[]; line: RegExp; isSent: boolean },
): Promise<void> {
  const before = asked(w, name)
  const { status, stderr, stdout } = await w.rconsole(args)
  t.equal(status, 255, args.join(' '))
  t.match(stderr, line)
  t.match(stderr, /^rconsole: [^\n]+\n$/, 'one line')
  t.equal(stdout.length, 0)
  t.equal(asked(w, name) > before, isSent, isSent ? 'refused by the agent' : 'nothing was sent')
}

/** How often the agent was asked for something. */
function asked(w: World, name: string): number {
  return w.read(name, 'ragent.log').match(/"operator":/g)?.length ?? 0
}

/** A user of this machine who is in a group beyond their own, if there is one. */
export function memberOfMore(): string {
  const lines = readFileSync('/etc/group', 'utf8').split('\n')
  return (
    lines.map((line) => line.split(':')[3] ?? '').find((members) => /^[a-z_-]+$/.test(members)) ?? 'nobody'
  )
}
