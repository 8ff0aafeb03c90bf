// rconsole machine ls, accept, name, label, forget: what the fleet's signatures say of machines, and an admin's word on one.
import { Command as Parser } from 'commander'
import * as v from 'valibot'
import { clean } from '../../protocol/clean.ts'
import { RconsoleError } from '../../protocol/errors.ts'
import { authorize } from '../../protocol/fleet.ts'
import { type Member } from '../../protocol/member.ts'
import { fingerprint, machineClaims, tokenId } from '../../protocol/membership.ts'
import { nameSchema } from '../../protocol/statement.ts'
import { signFor, type Word } from '../accept.ts'
import type { Client } from '../client.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { confirmName, say, write, writeJson } from '../io.ts'
import type { Machine } from '../machine.ts'
import { columns } from '../table.ts'
import { select } from '../targets.ts'
import { readLabels } from './token.ts'

interface YesFlag {
  readonly yes?: true
}

export const machine: Command = {
  name: 'machine',
  uses: [],
  build: (act) => {
    const parser = new Parser('machine').description('who is a machine of the fleet: an admin’s word on each')
    parser
      .command('ls')
      .description('list all that have joined, also those that wait, are refused or forgotten, and why')
      .argument('[target...]', 'as for rconsole ls')
      .option('--json', 'one JSON object a line')
      .action((targets: string[], flags: { json?: true }, command: Parser) =>
        act(command, (context) => list(context, targets, flags.json === true)),
      )
    parser
      .command('accept')
      .description('sign for a machine that waits, or confirm that a name belongs to a new key')
      .argument('<machine>', 'its name or id')
      .option('--yes', 'do not ask; compare the key first')
      .action((word: string, flags: YesFlag, command: Parser) =>
        act(command, (context) => onOne(context, word, (one) => accept(one, flags))),
      )
    parser
      .command('name')
      .description('call a machine something else')
      .argument('<machine>', 'its name or id')
      .argument('<name>', 'up to 63 of A-Z a-z 0-9 . _ -')
      .action((word: string, name: string, _flags: object, command: Parser) =>
        act(command, (context) => onOne(context, word, (one) => rename(one, name))),
      )
    parser
      .command('label')
      .description('set labels (env=prod) and remove them (env-)')
      .argument('<machine>', 'its name or id')
      .argument('<change...>', 'name=value sets, name- removes')
      .action((word: string, changes: string[], _flags: object, command: Parser) =>
        act(command, (context) => onOne(context, word, (one) => label(one, changes))),
      )
    parser
      .command('forget')
      .description('the machine leaves the fleet for good; to come back it needs a new token')
      .argument('<machine>', 'its name or id')
      .option('--yes', 'do not ask')
      .action((word: string, flags: YesFlag, command: Parser) =>
        act(command, (context) => onOne(context, word, (one) => forget(one, flags))),
      )
    return parser
  },
}

/** A machine whose statements hold, and what it takes to say something about it. */
interface One {
  readonly context: Context
  readonly client: Client
  readonly machine: Machine
  readonly member: Member
}

async function list(context: Context, targets: readonly string[], isJson: boolean): Promise<number> {
  const { io } = context
  const known = await context.withClient((client) => context.machines(client, targets))
  const machines = targets.length === 0 ? known : select(targets, known)
  machines.sort((one, other) => one.name.localeCompare(other.name))
  if (isJson) {
    for (const one of machines) await writeJson(io, plain(one))
  } else if (machines.length === 0) {
    say(io, 'No machine has joined yet. `rconsole token new` prints the command for the first one.')
  } else {
    await write(io.stdout, columns(HEAD, machines.map(row)))
  }
  return 0
}

/** Find the one machine, and do `work` on it. @throws POLICY when its statements do not hold at all */
async function onOne(context: Context, word: string, work: (one: One) => Promise<string>): Promise<number> {
  return await context.withMachine(word, async (client, found) => {
    const { member, name, reason } = found
    if (member === undefined || reason === 'revoked') {
      throw new RconsoleError('POLICY', `${name} is refused and cannot be signed for: ${reason ?? 'unknown'}`)
    }
    say(context.io, await work({ context, client, machine: found, member }))
    return 0
  })
}

async function accept(one: One, { yes }: YesFlag): Promise<string> {
  const { context, client, machine: found, member } = one
  mustBeKnown(found)
  const { said } = member
  const isSigned = member.standing === 'accepted' && found.floor === undefined
  if (!isSigned) await mustBeAdmin(one, said)
  if (yes !== true) {
    say(context.io, describe(found, member))
    await mustConfirm(context, said.name, 'accept')
  }
  if (isSigned) client.confirm(found)
  else await tell(one, { ...said, accepted: true })
  return `${said.name} (${found.id}, key ${fingerprint(found.key)}) is accepted`
}

async function rename(one: One, name: string): Promise<string> {
  const { client, machine: found } = one
  if (!v.is(nameSchema, name))
    throw new RconsoleError(
      'USAGE',
      `expected a name, up to 63 of A-Z a-z 0-9 . _ -, got ${JSON.stringify(name)}`,
    )
  mustBeSound(found)
  await mustBeAdmin(one, found)
  const others = await client.find({ names: [name], watch: false })
  const other = others.find(({ id, standing }) => id !== found.id && standing !== 'forgotten')
  if (other !== undefined)
    throw new RconsoleError('AMBIGUOUS', `${name} is the name of ${other.id}: two machines cannot share it`)
  await tell(one, { ...wordOf(found), name })
  return `${found.name} is called ${name} from now on`
}

async function label(one: One, changes: readonly string[]): Promise<string> {
  const { machine: found } = one
  const removed = changes.filter((change) => /^[^=]+-$/.test(change)).map((change) => change.slice(0, -1))
  const set = changes.filter((change) => !/^[^=]+-$/.test(change))
  const absent = removed.find((name) => !Object.hasOwn(found.labels, name))
  if (absent !== undefined)
    throw new RconsoleError('USAGE', `${found.name} has no label ${JSON.stringify(absent)} to remove`)
  const kept = Object.entries(found.labels).filter(([name]) => !removed.includes(name))
  const labels = readLabels('label', [...kept.map((pair) => pair.join('=')), ...set])
  mustBeSound(found)
  await mustBeAdmin(one, found)
  await mustBeAdmin(one, { labels })
  await tell(one, { ...wordOf(found), labels })
  return `${found.name} has ${labelsText(labels)}`
}

async function forget(one: One, { yes }: YesFlag): Promise<string> {
  const { context, machine: found, member } = one
  const { said } = member
  if (member.standing === 'forgotten') return `${said.name} was forgotten already`
  await mustBeAdmin(one, said)
  if (yes !== true) await mustConfirm(context, said.name, 'forget')
  await tell(one, { ...said, forgotten: true })
  return `${said.name} (${found.id}) is forgotten: its agent stops, and to come back it needs a new token`
}

/** Sign it, bring it to the relay, and hold to it here whatever the relay shows from now on. */
async function tell({ context, client, machine: found, member }: One, word: Word): Promise<void> {
  const statement = await signFor(await context.signatory(), found, word)
  const { n, name, labels, forgotten } = machineClaims(statement)
  const standing = forgotten === true ? 'forgotten' : 'accepted'
  client.confirm({ ...found, statement, member: { ...member, n, standing, said: { name, labels } } })
}

/** What is said of it now; who joined with an open token counts as accepted. */
function wordOf({ name, labels, standing }: Machine): Word {
  return { name, labels, ...(standing === 'pending' ? {} : { accepted: true }) }
}

async function mustBeAdmin({ context }: One, { labels }: Pick<Machine, 'labels'>): Promise<void> {
  const { fleet, operator } = await context.signatory()
  authorize(fleet, operator.public, 'admin', labels, Math.floor(Date.now() / 1000))
}

/** @throws TOKEN */
function mustBeKnown({ name, standing }: Machine): void {
  if (standing !== 'forgotten') return
  throw new RconsoleError('TOKEN', `${name} is forgotten: it needs a new token (rconsole token new)`)
}

/** @throws TOKEN, POLICY */
function mustBeSound(found: Machine): void {
  mustBeKnown(found)
  if (found.state !== 'refused') return
  throw new RconsoleError(
    'POLICY',
    `${found.name} is refused: ${found.reason ?? 'its statements do not hold'}`,
  )
}

/** @throws USAGE without a terminal; CANCELLED when the name was not typed */
async function mustConfirm({ io }: Context, name: string, what: string): Promise<void> {
  if (io.stdin.isTTY !== true)
    throw new RconsoleError('USAGE', `${what}: expected --yes (there is no terminal to ask on)`)
  if (await confirmName(io, `Type ${name} to ${what} it: `, name)) return
  throw new RconsoleError('CANCELLED', 'nothing was done')
}

/** What a person compares before accepting. */
function describe({ id, key, presence, reason }: Machine, { said, joined, joinKey }: Member): string {
  return [
    `name   ${said.name}`,
    `id     ${id}`,
    `key    ${fingerprint(key)}   the agent prints the same when it waits`,
    `labels ${labelsText(said.labels)}`,
    `joined ${new Date(joined * 1000).toISOString()} with token ${tokenId(joinKey)}`,
    `host   ${presence?.host ?? '-'}   (its own word)`,
    ...(reason === undefined ? [] : [`now    ${reason}`]),
  ].join('\n')
}

const HEAD = ['NAME', 'STANDING', 'KEY', 'ID', 'JOINED', 'TOKEN', 'LABELS', 'WHY'] as const

function row(one: Machine): string[] {
  const { name, standing, key, id, joined, token, reason } = plain(one)
  const cells = [name, standing, key, id, joined, token, labelsText(one.labels), reason]
  return cells.map((cell) => clean(cell ?? '-'))
}

/** What scripts read; names are stable. */
function plain({ id, name, key, state, standing, labels, reason, member }: Machine) {
  return {
    id,
    name,
    standing: state === 'refused' && standing !== 'forgotten' ? 'refused' : standing,
    key: key === '' ? null : fingerprint(key),
    labels,
    joined: member === undefined ? null : new Date(member.joined * 1000).toISOString(),
    token: member === undefined ? null : tokenId(member.joinKey),
    until: member === undefined ? null : new Date(member.exp * 1000).toISOString(),
    reason: state === 'refused' || state === 'duplicate' ? (reason ?? null) : null,
  }
}

function labelsText(labels: Machine['labels']): string {
  return (
    Object.entries(labels)
      .map((pair) => pair.join('='))
      .join(',') || '-'
  )
}
