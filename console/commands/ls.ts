// rconsole ls: the machines of the fleet, or those that the targets mean.
import { Command as Parser } from 'commander'
import { clean } from '../../protocol/clean.ts'
import { RconsoleError } from '../../protocol/errors.ts'
import { measured } from '../busy.ts'
import type { Client } from '../client.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { expiryWarnings, warningLine } from '../expiry.ts'
import { type Busy, condition, CONDITIONS, type Filterable, isAboutLoad, isCondition } from '../filter.ts'
import { inTurns } from '../gather.ts'
import { type Io, say, write, writeJson } from '../io.ts'
import { explainState, type Machine } from '../machine.ts'
import { policyWords } from '../owner.ts'
import { byName } from '../ranges.ts'
import { allWords, picked, type TargetFlags, TARGETS, withTargetFlags } from '../selection.ts'
import { columns } from '../table.ts'
import { formatAge } from '../units.ts'
import { watchAsJson, watchOnScreen } from '../watch.ts'

interface Flags extends TargetFlags {
  readonly json?: true
  readonly watch?: true
}

export const ls: Command = {
  name: 'ls',
  uses: ['metrics'],
  build: (act) =>
    withTargetFlags(new Parser('ls'))
      .description('list machines')
      .argument('[target...]', `${TARGETS}; narrowed by ${CONDITIONS}`)
      .option(
        '--json',
        'one JSON object a line: id, name, state, by, os, labels, version, since, policy, owner',
      )
      .option('-w, --watch', 'go on showing them as they change; with --json one line for each change')
      .action((targets: string[], flags: Flags, parser: Parser) =>
        act(parser, (context) =>
          flags.watch === true ? follow(context, targets, flags) : list(context, targets, flags),
        ),
      ),
}

async function list(context: Context, targets: readonly string[], flags: Flags): Promise<number> {
  const { io } = context
  const me = await context.signatory()
  const words = await allWords(io, targets, flags)
  const found = await context.withClient((client) => matching(context, client, words))
  const machines = picked(io, found, flags)
  machines.sort((one, other) => byName(one.name, other.name))
  if (flags.json === true) {
    for (const machine of machines) await writeJson(io, plain(machine))
  } else if (machines.length === 0) {
    say(io, 'No machine has joined yet. `rconsole token new` prints the command for the first one.')
  } else {
    await write(io.stdout, table(machines))
  }
  for (const warning of expiryWarnings(me.fleet, me.operator.public, Date.now()))
    say(io, warningLine(warning))
  return 0
}

/** The machines that the targets among `words` mean, as far as each condition among them holds. @throws NOT_FOUND, USAGE */
async function matching(context: Context, client: Client, words: readonly string[]): Promise<Machine[]> {
  const { targets, conditions } = parted(words)
  const tests = conditions.map((word) => condition(word))
  const machines = await context.selected(client, targets)
  if (conditions.length === 0) return machines
  const busy = conditions.some((word) => isAboutLoad(word))
    ? await loads(context.io, client, machines)
    : new Map<string, Busy>()
  const found = machines.filter((machine) => {
    const row = filterable(machine)
    return tests.every((test) => test(row, busy.get(machine.id)))
  })
  if (found.length > 0) return found
  throw new RconsoleError('NOT_FOUND', `no machine matches ${words.join(' ')}`)
}

/** Conditions alone narrow the whole fleet. */
function parted(words: readonly string[]): { targets: readonly string[]; conditions: readonly string[] } {
  const targets = words.filter((word) => !isCondition(word))
  const conditions = words.filter((word) => isCondition(word))
  const isOnlyWithout = conditions.length > 0 && targets.every((word) => word.startsWith('!'))
  return { targets: isOnlyWithout ? ['@all', ...targets] : targets, conditions }
}

function filterable({ presence, ...machine }: Machine): Filterable {
  const policy = presence === undefined ? '' : policyWords(presence.policy)
  return { ...machine, policy, os: presence?.os ?? '', version: presence?.ver ?? '' }
}

/** How busy each machine is that can be asked; one line on stderr for each that did not answer. */
async function loads(io: Io, client: Client, machines: readonly Machine[]): Promise<Map<string, Busy>> {
  const busy = new Map<string, Busy>()
  const there = machines.filter(({ state }) => state === 'online' || state === 'frozen')
  await inTurns(io, there, async (machine) => {
    busy.set(machine.id, await measured(client, machine, io.signal))
  })
  return busy
}

async function follow(context: Context, words: readonly string[], flags: Flags): Promise<number> {
  const { io } = context
  if (flags.pick !== undefined)
    throw new RconsoleError('USAGE', 'ls: --watch shows all that the targets mean, --pick some of them')
  if (flags.json !== true && (io.stdin.isTTY !== true || io.stdout.isTTY !== true))
    throw new RconsoleError('USAGE', 'ls: --watch draws on a terminal; expected one, or --json')
  const { targets, conditions } = parted(await allWords(io, words, flags))
  const load = conditions.find((word) => isAboutLoad(word))
  if (load !== undefined)
    throw new RconsoleError('USAGE', `ls: --watch measures nothing, ${load} would be old: see rconsole top`)
  const tests = conditions.map((word) => condition(word))
  const wanted = {
    targets,
    holds: (machine: Machine) => tests.every((test) => test(filterable(machine), undefined)),
  }
  if (flags.json === true) return await watchAsJson(context, wanted, plain)
  return await watchOnScreen(context, wanted, (machines) => table(machines).trimEnd().split('\n'))
}

function table(machines: readonly Machine[]): string {
  const rows = machines.map((machine) => row(machine, Date.now()))
  return columns(HEAD, rows)
}

const HEAD = ['NAME', 'STATE', 'SINCE', 'OS', 'LABELS', 'POLICY', 'VERSION'] as const

function row(machine: Machine, now: number): string[] {
  const { name, since, presence, labels } = machine
  const age = since > 0 ? `${formatAge(now - since)} ago` : '-'
  const named = Object.entries(labels).map((label) => label.join('='))
  const facts = [
    presence?.os ?? '-',
    named.join(',') || '-',
    presence === undefined ? '-' : policyWords(presence.policy),
    presence?.ver ?? '-',
  ]
  return [name, explainState(machine), age, ...facts].map((text) => clean(text))
}

/** What scripts read; names are stable. */
function plain({ id, name, state, by, since, presence, labels }: Machine): Record<string, unknown> {
  return {
    id,
    name,
    state,
    ...(by === undefined ? {} : { by }),
    os: presence?.os ?? null,
    labels,
    version: presence?.ver ?? null,
    since: since > 0 ? new Date(since).toISOString() : null,
    policy: presence?.policy.mode ?? null,
    owner: presence?.policy ?? null,
  }
}
