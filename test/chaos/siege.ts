// One seed: two machines and a few consoles behind a hostile relay, and everything that has to hold afterwards.
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Answer, type Running, World } from '../world.ts'
import { until } from '../until.ts'
import { Dice } from './dice.ts'
import { ChaosRelay } from './relay.ts'
import { type Place, readLedger, type Work, workOf } from './work.ts'

/** How long work waits for agents to dial again (ms). */
const BACK_MS = 5_000
/** Pieces of work under way at once. */
const AT_ONCE = 4
/** Under an honest relay everything is over by then (ms): a stall, a resume, and the patience of a console. */
const SETTLE_MS = 90_000
/** What one of our processes may hold at most (KiB): a tenth of this is what it needs. */
const MOST_KIB = 400 * 1024

export interface SiegeOptions {
  readonly seed: string
  readonly steps: number
  readonly patience: number
  /** Begin no more work after this (ms). */
  readonly ms?: number
}

export interface Outcome {
  /** What did not hold, a line each. */
  readonly faults: readonly string[]
  readonly steps: number
  /** How many consoles said that their work was done. */
  readonly done: number
  readonly deeds: Readonly<Record<string, number>>
  /** What the consoles said of the others. */
  readonly said: readonly string[]
}

interface Test {
  teardown(handler: () => Promise<void>): unknown
}

export async function siege(
  t: Test,
  { seed, steps, patience, ms = Infinity }: SiegeOptions,
): Promise<Outcome> {
  const dice = new Dice(`${seed}/siege`)
  const world = new World(t)
  await world.init()
  const data = join(world.folder, 'relay')
  mkdirSync(data)
  const ledger = join(world.folder, 'ledger')
  const evil = `echo EVIL >> ${ledger}`
  const relay = await ChaosRelay.start({ fleet: world.fleet, folder: data, seed, patience, evil })
  t.teardown(() => relay.close())
  world.url = relay.url
  const token = await world.token()
  const machines = ['web-1', 'web-2']
  const agents = await Promise.all(machines.map((name) => world.startAgent(name, token)))
  const place = { world, machines, ledger, marker: `mark${dice.bytes(8).toString('hex')}` }

  relay.unleash(0.05 + dice.next() * dice.next() * 0.4)
  const begun: Work[] = []
  const answers: (readonly [Work, Answer | undefined])[] = []
  const end = performance.now() + ms
  const works = Array.from({ length: steps }, (_, index) => workOf(seed, index, place)).values()
  const worker = async (): Promise<void> => {
    for (const work of works) {
      if (performance.now() > end) return
      // Whoever was thrown off comes back first, or most work would find nobody.
      await until(() => relay.hasAgents(machines.length), 'agents', BACK_MS).catch(() => undefined)
      begun.push(work)
      answers.push([work, await perform(work, place, relay, 30 * patience)])
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, () => worker()))
  relay.calm()
  const faults = [
    ...answers.flatMap(([work, answer]) =>
      answer === undefined ? [`${work.id} did not end`] : work.judge(answer),
    ),
    ...unasked(place, begun),
    ...leaked(relay, place),
    ...agents.flatMap((agent, at) => unwell(agent, machines[at] ?? '')),
  ]
  const done = answers.filter(([{ program }, answer]) =>
    program === 'run' ? answer?.status === 0 : (answer?.status ?? 255) < 255,
  ).length
  const said = answers.flatMap(([, answer]) => (answer?.stderr ? [answer.stderr.trimEnd()] : []))
  return { faults, steps: answers.length, done, deeds: Object.fromEntries(relay.deeds), said }
}

/**
 * Do it. What takes long is shaken awake every `shake` ms by throwing everyone off, instead of waiting for the ends to
 * notice a loss; and what takes very long gets an honest relay, under which it has to end.
 */
async function perform(
  work: Work,
  { world }: Place,
  relay: ChaosRelay,
  shake: number,
): Promise<Answer | undefined> {
  const console = world.start('console', [work.program, ...work.args])
  console.child.stdin?.end(work.input ?? '')
  const shaking = setInterval(() => relay.cutAll(), shake)
  const late = setTimeout(() => relay.calm(), SETTLE_MS)
  const given = new Promise<undefined>((resolve) => {
    setTimeout(() => resolve(undefined), 2 * SETTLE_MS).unref()
  })
  const answer = await Promise.race([console.exit, given])
  clearInterval(shaking)
  clearTimeout(late)
  return answer
}

function unasked({ ledger }: Place, begun: readonly Work[]): string[] {
  const asked = new Set(begun.map(({ id }) => id))
  return readLedger(ledger)
    .filter((line) => !asked.has(line))
    .map((line) => `${line} ran and was not asked for`)
}

function leaked({ heard }: ChaosRelay, { marker }: Place): string[] {
  return heard.some((bytes) => bytes.includes(marker)) ? [`the relay read ${marker}`] : []
}

function unwell(agent: Running, name: string): string[] {
  if (agent.isOver) return [`${name} ended: ${JSON.stringify(agent.stderr.slice(-500))}`]
  const broken = agent.stderr
    .split('\n')
    .filter((line) => /INTERNAL|"level":50|\n\s+at |unhandled/i.test(line))
  const kib = Number(/VmHWM:\s+(\d+)/.exec(readStatus(agent.child.pid))?.[1] ?? 0)
  return [
    ...broken.map((line) => `${name} broke: ${line.slice(0, 300)}`),
    ...(kib > MOST_KIB ? [`${name} held ${kib} KiB`] : []),
  ]
}

function readStatus(pid: number | undefined): string {
  return process.platform === 'linux' ? readFileSync(`/proc/${pid}/status`, 'utf8') : ''
}
