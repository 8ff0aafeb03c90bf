// rconsole show: everything about one machine: what the fleet signed of it, what it says itself, and its facts.
import { Command as Parser } from 'commander'
import { FACTS } from '../../protocol/actions/facts.ts'
import type { ResultOf } from '../../protocol/actions/index.ts'
import { clean } from '../../protocol/clean.ts'
import type { OwnerPolicy } from '../../protocol/owner-policy.ts'
import { ask } from '../ask.ts'
import type { Client } from '../client.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { factLines } from '../facts.ts'
import { say, write, writeJson } from '../io.ts'
import { explainState, type Machine } from '../machine.ts'
import { failureOf } from '../gather.ts'
import { policyWords } from '../owner.ts'
import { formatAge, formatBytes, formatShare } from '../units.ts'

export const show: Command = {
  name: 'show',
  uses: ['facts', 'disks'],
  build: (act) =>
    new Parser('show')
      .description('show everything about one machine')
      .argument('<machine>', 'its name or id')
      .option('--json', 'print one JSON object')
      .action((word: string, flags: { json?: true }, parser: Parser) =>
        act(parser, async (context) =>
          context.withMachine(word, (client, machine) =>
            present(context, client, machine, flags.json === true),
          ),
        ),
      ),
}

interface Inside {
  readonly facts: ResultOf<'facts'>
  readonly disks: ResultOf<'disks'>
}

async function present(context: Context, client: Client, machine: Machine, isJson: boolean): Promise<number> {
  const { io } = context
  let status = 0
  let inside: Inside | undefined
  // One that is away is shown as what is known of it, and that is no failure.
  if (machine.state === 'online') {
    try {
      inside = await look(client, machine, io.signal)
    } catch (error) {
      io.signal.throwIfAborted()
      say(io, `rconsole: ${failureOf(machine, error)}`)
      status = 1
    }
  }
  if (isJson) await writeJson(io, plain(machine, inside))
  else await write(io.stdout, `${lines(machine, inside, Date.now()).join('\n')}\n`)
  return status
}

async function look(client: Client, machine: Machine, signal: AbortSignal): Promise<Inside> {
  const [facts, disks] = await Promise.all([
    ask(client, machine, 'facts', { parts: [...FACTS] }, signal),
    ask(client, machine, 'disks', {}, signal),
  ])
  return { facts, disks }
}

function lines(machine: Machine, inside: Inside | undefined, now: number): string[] {
  const { id, key, name, labels, since, standing, presence } = machine
  const pairs: [string, string][] = [
    ['name', name],
    ['id', id],
    ['key', key || 'not verified'],
    [
      'state',
      `${explainState(machine)}${since > 0 ? `, since ${time(since)} (${formatAge(now - since)} ago)` : ''}`,
    ],
    ['standing', standing],
    [
      'labels',
      Object.entries(labels)
        .map((label) => label.join('='))
        .join(' ') || '-',
    ],
  ]
  if (presence !== undefined) {
    pairs.push(
      ['policy', policyLine(presence.policy)],
      ['version', `${presence.ver}, protocol ${presence.proto}`],
      ['host', presence.host],
      ['system', presence.os],
      ['presence', `signed ${time(presence.iat * 1000)}`],
    )
  }
  const texts = pairs.map(([word, text]) => clean(`${word.padEnd(9)} ${text}`))
  if (inside === undefined) return texts
  const facts = factLines(inside.facts).slice(1)
  const rooms = inside.disks.filesystems.flatMap(({ mount, type, size }) =>
    size === undefined
      ? [`${mount} ${type}, its size is not known`]
      : [
          `${mount} ${type}, ${formatShare(size.used, size.used + size.available)} of ${formatBytes(size.total)}`,
        ],
  )
  const devices = inside.disks.devices.map(({ name, size, model }) =>
    `${name} ${formatBytes(size)} ${model}`.trim(),
  )
  return [...texts, '', ...facts, '', ...[...rooms, ...devices].map((text) => clean(text))]
}

function policyLine(policy: OwnerPolicy): string {
  return policy.safe === undefined ? policyWords(policy) : `${policyWords(policy)}: ${policy.safe}`
}

/** What scripts read; names are stable. */
function plain(machine: Machine, inside: Inside | undefined): Record<string, unknown> {
  const { id, key, name, state, by, reason, since, labels, standing, presence } = machine
  return {
    id,
    name,
    key,
    state,
    by: by ?? null,
    reason: reason ?? null,
    since: since > 0 ? time(since) : null,
    standing,
    labels,
    policy: presence?.policy.mode ?? null,
    safe: presence?.policy.safe ?? null,
    version: presence?.ver ?? null,
    protocol: presence?.proto ?? null,
    host: presence?.host ?? null,
    os: presence?.os ?? null,
    presence: presence === undefined ? null : time(presence.iat * 1000),
    facts: inside?.facts ?? null,
    disks: inside?.disks ?? null,
  }
}

function time(ms: number): string {
  return new Date(ms).toISOString()
}
