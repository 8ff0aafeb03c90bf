// rconsole token new: a token with which machines join, and the command that uses it.
import { Command as Parser } from 'commander'
import * as v from 'valibot'
import { RconsoleError } from '../../protocol/errors.ts'
import { type Labels, labelsSchema } from '../../protocol/statement.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { say, write, writeJson } from '../io.ts'
import { newJoinToken } from '../join-token.ts'
import { LONGEST_TERM_MS, parseDuration } from '../units.ts'

interface Flags {
  readonly label: readonly string[]
  readonly ttl: string
  readonly max?: string
  readonly json?: true
}

export const token: Command = {
  name: 'token',
  uses: [],
  build: (act) => {
    const parser = new Parser('token').description('tokens with which machines join the fleet')
    parser
      .command('new')
      .description('make one and print the command for the machine')
      .option('--label <name=value>', 'a label for the machines that use it; may be given again', collect, [])
      .option('--ttl <time>', 'how long it can be used', '24h')
      .option('--max <count>', 'for how many machines')
      .option('--json', 'print one JSON object')
      .action((flags: Flags, command: Parser) => act(command, (context) => makeToken(context, flags)))
    return parser
  },
}

async function makeToken(context: Context, flags: Flags): Promise<number> {
  const signatory = await context.signatory()
  const made = await newJoinToken(signatory, {
    labels: readLabels(flags.label),
    ttl: parseDuration('--ttl', flags.ttl, LONGEST_TERM_MS),
    ...(flags.max === undefined ? {} : { max: count(flags.max) }),
  })
  context.rememberRelay(signatory.relay.url)
  if (flags.json === true) {
    await writeJson(context.io, { ...made })
    return 0
  }
  await write(context.io.stdout, `${made.command}\n`)
  const uses = flags.max === undefined ? '' : `, for ${flags.max} machines`
  say(context.io, `Run this on each machine; the token holds for ${flags.ttl}${uses}.`)
  return 0
}

export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

function readLabels(pairs: readonly string[]): Labels {
  const labels: Record<string, string> = {}
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    if (at < 1) throw new RconsoleError('USAGE', `--label: expected name=value, got ${JSON.stringify(pair)}`)
    labels[pair.slice(0, at)] = pair.slice(at + 1)
  }
  const parsed = v.safeParse(labelsSchema, labels)
  if (parsed.success) return parsed.output
  throw new RconsoleError(
    'USAGE',
    '--label: expected at most 32 of name=value, each part up to 63 of A-Z a-z 0-9 . _ / -',
  )
}

function count(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new RconsoleError('USAGE', `--max: expected a number of machines, got ${JSON.stringify(text)}`)
}
