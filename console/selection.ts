// The machines that a command is about: its words, --hosts, --pick, saved sets and how an earlier run came out.
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Command as Parser } from 'commander'
import { RconsoleError, systemCode } from '../protocol/errors.ts'
import { type Io, say } from './io.ts'
import type { Machine } from './machine.ts'

/** A list of hosts (bytes): more than all machines a relay keeps. */
const HOSTS_BYTES = 8 * 1024 * 1024

export const TARGETS =
  'names, ids, globs like web-*, ranges like web-[1-9], labels like env=prod (comma is AND), @all, @set, @odd @failed @silent @same of the last run, !not'

export interface TargetFlags {
  readonly hosts?: string
  readonly pick?: string
  readonly seed?: string
}

/** Declare the flags that go with targets. */
export function withTargetFlags(parser: Parser): Parser {
  return parser
    .option(
      '--hosts <file>',
      'more targets, from a file or from stdin (-): one or several a line, # for comments',
    )
    .option('--pick <n>', 'only so many of them, or 10%, drawn by --seed')
    .option('--seed <word>', 'draw the same ones again')
}

/** Words as they came, and those of --hosts. @throws USAGE */
export async function allWords(
  io: Io,
  words: readonly string[],
  { hosts }: TargetFlags,
): Promise<readonly string[]> {
  if (hosts === undefined) return words
  const text = hosts === '-' ? await readAll(io.stdin) : readFile(hosts)
  const read = text.split('\n').flatMap((line) => line.replace(/#.*/, '').split(/\s+/).filter(Boolean))
  if (read.length === 0)
    throw new RconsoleError('NO_TARGET', `--hosts ${hosts}: expected targets, found none`)
  return [...words, ...read]
}

/** Draw by a hash of each id: the same seed draws the same machines, in whatever order the relay shows them. */
export function picked(
  io: Io,
  machines: readonly Machine[],
  { pick: flag, seed: given }: TargetFlags,
): Machine[] {
  if (flag === undefined) return [...machines]
  const [, digits, percent] = /^(\d{1,9})(%?)$/.exec(flag) ?? []
  const number = Number(digits)
  if (digits === undefined || number === 0 || (percent === '%' && number > 100))
    throw new RconsoleError('USAGE', `--pick: expected a number like 3 or a share like 10%, got ${flag}`)
  const count = percent === '%' ? Math.ceil((machines.length * number) / 100) : number
  const seed = given ?? randomBytes(4).toString('hex')
  const drawn = machines
    .map((machine) => ({
      machine,
      rank: createHash('sha256').update(`${seed}\0${machine.id}`).digest('hex'),
    }))
    .toSorted((one, other) => (one.rank < other.rank ? -1 : 1))
    .slice(0, count)
    .map(({ machine }) => machine)
  if (given === undefined)
    say(io, `rconsole: picked ${drawn.length} of ${machines.length}; the same again with --seed ${seed}`)
  return drawn
}

function readFile(path: string): string {
  try {
    return checked(path, readFileSync(path))
  } catch (cause) {
    if (cause instanceof RconsoleError) throw cause
    throw new RconsoleError(
      'USAGE',
      `--hosts: cannot read ${path}: ${systemCode(cause) ?? 'unknown error'}`,
      {
        cause,
      },
    )
  }
}

async function readAll(stdin: Io['stdin']): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of stdin) {
    if (!(chunk instanceof Uint8Array)) continue
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > HOSTS_BYTES) break
  }
  return checked('-', Buffer.concat(chunks))
}

function checked(path: string, data: Buffer): string {
  if (data.length > HOSTS_BYTES)
    throw new RconsoleError('USAGE', `--hosts: ${path} is larger than ${HOSTS_BYTES} bytes`)
  return data.toString('utf8')
}
