// What may stand where the cursor is: from the declared commands, and from what this console remembers.
import type { Argument, Command as Parser, Option } from 'commander'
import { SERVICE_VERBS } from '../protocol/actions/services.ts'
import { ROLES } from '../protocol/fleet.ts'
import { MODES } from '../protocol/owner-policy.ts'
import type { Remembered } from './remembered.ts'

/** What goes before the cursor, and the part of the word that is there. */
export interface Line {
  readonly words: readonly string[]
  readonly current: string
}

export interface Candidate {
  readonly word: string
  readonly about?: string
}

/** Instead of a candidate: what the shell itself knows, the files that are here. */
export const FILES = ':files'

/** What a line of a shell takes as it is; anything else stays for the person to type. */
const PLAIN = /^[\w@%+=:,./-]+$/

export function complete(program: Parser, memory: () => Remembered, line: Line): Candidate[] {
  const { current } = line
  const found = candidates(program, memory, line)
  const fitting = found.filter(({ word }) => word === FILES || (PLAIN.test(word) && word.startsWith(current)))
  return [...new Map(fitting.map((candidate) => [candidate.word, candidate])).values()]
}

function candidates(program: Parser, memory: () => Remembered, { words, current }: Line): Candidate[] {
  // What follows is another program's.
  if (words.includes('--')) return [{ word: FILES }]
  const { parser, place, open } = walk(program, words)
  if (open !== undefined) return valuesOf(open, memory())
  if (current.startsWith('-')) {
    const [, flag] = /^(--[\w-]+)=/.exec(current) ?? []
    const option = flag === undefined ? undefined : optionOf(program, parser, flag)
    if (option !== undefined)
      return valuesOf(option, memory()).map(({ word }) => ({
        word: word === FILES ? FILES : `${flag}=${word}`,
      }))
    return flagsOf(parser === program ? [program] : [parser, program])
  }
  const commands =
    place === 0 ? parser.commands.map((one) => ({ word: one.name(), about: one.description() })) : []
  const argument = argumentAt(parser, place)
  return [...commands, ...(argument === undefined ? [] : argumentsFor(parser, argument, memory, current))]
}

/** The command that the words are of, how many of its arguments are there, and the option that still wants its value. */
function walk(
  program: Parser,
  words: readonly string[],
): { parser: Parser; place: number; open: Option | undefined } {
  let parser = program
  let place = 0
  let open: Option | undefined
  for (const word of words) {
    if (open !== undefined) {
      open = undefined
      continue
    }
    if (word.startsWith('-') && word !== '-') {
      const option = word.includes('=') ? undefined : optionOf(program, parser, word)
      open = option?.required === true ? option : undefined
      continue
    }
    const child = place === 0 ? parser.commands.find((one) => one.name() === word) : undefined
    if (child === undefined) place++
    else parser = child
  }
  return { parser, place, open }
}

function optionOf(program: Parser, parser: Parser, word: string): Option | undefined {
  return [...parser.options, ...program.options].find(({ long, short }) => word === long || word === short)
}

function flagsOf(parsers: readonly Parser[]): Candidate[] {
  const options = parsers.flatMap((parser) => parser.options.filter(({ hidden }) => !hidden))
  return [
    ...options.map(({ long, short, description }) => ({ word: long ?? short ?? '', about: description })),
    { word: '--help', about: 'show help' },
  ]
}

function argumentAt(parser: Parser, place: number): Argument | undefined {
  const { registeredArguments: all } = parser
  const last = all.at(-1)
  return all[place] ?? (last?.variadic === true ? last : undefined)
}

function argumentsFor(
  parser: Parser,
  argument: Argument,
  memory: () => Remembered,
  current: string,
): Candidate[] {
  if (argument.argChoices !== undefined) return wordsOf(argument.argChoices)
  // Paths on a machine are not known here.
  if (parser.name() === 'cp')
    return current.includes(':') ? [] : [...machinesOf(memory(), ':'), { word: FILES }]
  switch (argument.name()) {
    case 'machine':
      return machinesOf(memory())
    case 'target':
      return targetsOf(memory())
    case 'run':
      return runsOf(memory())
    case 'verb':
      return wordsOf(['status', ...SERVICE_VERBS])
    default:
      return parser.parent?.name() === 'set' ? setsOf(memory(), '') : []
  }
}

function valuesOf(option: Option, memory: Remembered): Candidate[] {
  if (option.argChoices !== undefined) return wordsOf(option.argChoices)
  const [, value = ''] = /<([^>]+)>/.exec(option.flags) ?? []
  switch (value) {
    case 'file':
    case 'folder':
      return [{ word: FILES }]
    case 'machines':
      return targetsOf(memory)
    case 'mode':
      return wordsOf(MODES)
    case 'role':
      return wordsOf(ROLES)
    case 'host':
      return wordsOf(['host'])
    case 'label=value':
    case 'name=value':
      return option.long === '--env' ? [] : labelsOf(memory)
    default:
      return []
  }
}

function wordsOf(words: readonly string[]): Candidate[] {
  return words.map((word) => ({ word }))
}

function machinesOf({ machines }: Remembered, after = ''): Candidate[] {
  return machines.map(({ name, labels }) => ({ word: `${name}${after}`, about: labels.join(' ') }))
}

function targetsOf(memory: Remembered): Candidate[] {
  return [
    ...machinesOf(memory),
    ...labelsOf(memory),
    { word: '@all', about: 'every machine' },
    ...setsOf(memory, '@'),
    ...['@odd', '@failed', '@silent', '@same'].map((word) => ({ word, about: 'of the last run' })),
  ]
}

function labelsOf({ machines }: Remembered): Candidate[] {
  const count = new Map<string, number>()
  for (const label of machines.flatMap(({ labels }) => labels)) count.set(label, (count.get(label) ?? 0) + 1)
  return [...count].map(([word, machines]) => ({ word, about: `${machines} machines` }))
}

function setsOf({ sets }: Remembered, before: string): Candidate[] {
  return sets.map(({ name, words }) => ({ word: `${before}${name}`, about: words.join(' ') }))
}

/** The newest first. */
function runsOf({ runs }: Remembered): Candidate[] {
  return runs.map(({ id, command }) => ({ word: id, about: command }))
}
