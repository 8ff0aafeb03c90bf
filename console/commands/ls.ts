// rconsole ls: the machines of the fleet, or those that the targets mean.
import { Command as Parser } from 'commander'
import { clean } from '../../protocol/clean.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { expiryWarnings, warningLine } from '../expiry.ts'
import { say, write, writeJson } from '../io.ts'
import { explainState, type Machine } from '../machine.ts'
import { policyWords } from '../owner.ts'
import { columns } from '../table.ts'
import { formatAge } from '../units.ts'

export const ls: Command = {
  name: 'ls',
  uses: [],
  build: (act) =>
    new Parser('ls')
      .description('list machines')
      .argument(
        '[target...]',
        'names, ids, globs like web-*, labels like env=prod (comma is AND), @all, !not',
      )
      .option(
        '--json',
        'one JSON object a line: id, name, state, by, os, labels, version, since, policy, owner',
      )
      .action((targets: string[], flags: { json?: true }, parser: Parser) =>
        act(parser, (context) => list(context, targets, flags.json === true)),
      ),
}

async function list(context: Context, targets: readonly string[], isJson: boolean): Promise<number> {
  const { io } = context
  const me = await context.signatory()
  const machines = await context.withClient((client) => context.selected(client, targets))
  machines.sort((one, other) => one.name.localeCompare(other.name))
  if (isJson) {
    for (const machine of machines) await writeJson(io, plain(machine))
  } else if (machines.length === 0) {
    say(io, 'No machine has joined yet. `rconsole token new` prints the command for the first one.')
  } else {
    await write(
      io.stdout,
      columns(
        HEAD,
        machines.map((machine) => row(machine, Date.now())),
      ),
    )
  }
  for (const warning of expiryWarnings(me.fleet, me.operator.public, Date.now()))
    say(io, warningLine(warning))
  return 0
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
