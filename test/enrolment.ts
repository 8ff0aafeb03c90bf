// What tests of tokens and machines ask of the real programs.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { until } from './until.ts'
import type { Running, World } from './world.ts'

export type Row = Readonly<Record<string, unknown>>

/** The objects that a command prints, one a line. */
export async function rows(w: World, ...args: readonly string[]): Promise<Row[]> {
  const lines = (await w.ok([...args, '--json'])).split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line))
}

export const tokenIn = async (w: World, id: unknown): Promise<Row> =>
  (await rows(w, 'token', 'ls')).find((row) => row['id'] === id) ?? {}

export const machineIn = async (w: World, name: string): Promise<Row> =>
  (await rows(w, 'machine', 'ls', name))[0] ?? {}

export async function makeToken(
  w: World,
  ...flags: readonly string[]
): Promise<{ id: string; token: string; command: string }> {
  return JSON.parse(await w.ok(['token', 'new', '--json', ...flags]))
}

/** Start `ragent` on a home, without waiting for anything. */
export function ragent(w: World, name: string, token?: string, folder = name): Running {
  const args = ['--relay', w.url, '--name', name, '--home', join(w.folder, folder)]
  const agent = w.start('agent', args, token === undefined ? {} : { RAGENT_TOKEN: token })
  agent.child.stdin?.end()
  return agent
}

export async function ends(
  t: Test,
  what: string,
  running: Running,
  status: number,
  line: RegExp,
): Promise<void> {
  const answer = await running.exit
  t.equal(answer.status, status, `${what}: status`)
  t.match(answer.stderr, line, `${what}: says why`)
}

export async function fails(
  t: Test,
  w: World,
  args: readonly string[],
  line: RegExp,
  status = 1,
): Promise<void> {
  const answer = await w.rconsole(args)
  t.equal(answer.status, status, args.join(' '))
  t.match(answer.stderr, line, args.join(' '))
}

export async function isOnline(w: World, name: string): Promise<void> {
  await until(async () => (await w.machine(name))['state'] === 'online', `${name} is online`, 30_000)
}

/** Stop the relay, do what its owner could do to its data, and start it again. */
export async function meanwhile(w: World, attack: (data: string) => void): Promise<void> {
  // Not SIGTERM: agents would be told to take their time.
  await w.relay?.stop('SIGKILL')
  attack(join(w.folder, 'relay'))
  await w.startRelay()
}

export async function refuses(t: Test, w: World, name: string, line: RegExp): Promise<void> {
  const { status, stderr } = await w.rconsole(['run', name, '--', 'true'])
  t.equal(status, 255, `${name}: status`)
  t.match(stderr, line, `${name}: why`)
}

export const machinesFile = (data: string): string => join(data, 'machines.jsonl')

/** The newest admin's statement that the relay holds about a machine. */
export function statementOn(w: World, id: unknown): string {
  const lines = readFileSync(machinesFile(join(w.folder, 'relay')), 'utf8')
    .trim()
    .split('\n')
  const entries: [string, string][] = lines.map((line) => JSON.parse(line))
  return entries.findLast(([key]) => key === id)?.[1] ?? ''
}
