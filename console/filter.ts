// The words that narrow a list of machines: targets, and conditions such as state=offline, name~^web and cpu>80.
import { RconsoleError, toRconsoleError } from '../protocol/errors.ts'
import type { Labels } from '../protocol/statement.ts'
import { parts } from './pattern.ts'
import { meaning, type Meanings, type Targetable } from './targets.ts'

/** What of a machine a filter can speak about. */
export interface Filterable extends Targetable {
  readonly by?: string | undefined
  readonly labels: Labels
  readonly os: string
  readonly policy: string
  readonly version: string
}

/** How busy a machine is, in percent; absent: not known. */
export interface Busy {
  readonly cpu?: number | undefined
  readonly mem?: number | undefined
  /** Its fullest filesystem. */
  readonly disk?: number | undefined
}

export type Test = (machine: Filterable, busy: Busy | undefined) => boolean

export interface Filter {
  readonly test: Test
  /** Some word asks how busy machines are: only they can answer. */
  readonly isAboutLoad: boolean
  /** One line for each word that means nothing (yet); it is left out. */
  readonly faults: readonly string[]
}

/** In the order in which design and help name them. */
const STATES = ['online', 'offline', 'disconnected', 'killed', 'pending', 'frozen', 'duplicate', 'refused']
const LOAD = /^(cpu|mem|disk)([<>])(\d{1,3}(?:\.\d+)?)%?$/
const TEXT = /^(name|id|os|policy|version)~(.+)$/su
const STATE = /^state=(.*)$/s

export const CONDITIONS =
  'state=offline (or any state), name~^web (also id, os, policy, version; a regular expression), cpu>80, mem>90, disk<50'

/** Whether `word`, or what stands after its `!`, is a condition and no target. */
export function isCondition(word: string): boolean {
  const bare = word.replace(/^!/, '')
  return LOAD.test(bare) || TEXT.test(bare) || STATE.test(bare)
}

/** Whether `word` is a condition that only the machine can answer. */
export function isAboutLoad(word: string): boolean {
  return LOAD.test(word.replace(/^!/, ''))
}

/** The test that a condition is. @throws USAGE */
export function condition(word: string): Test {
  const isWithout = word.startsWith('!')
  const test = bareCondition(isWithout ? word.slice(1) : word)
  return (machine, busy) => test(machine, busy) !== isWithout
}

/**
 * What someone types to narrow a list: a space is AND. Each word is a condition, a target as `run` takes it (env=prod,
 * web-*, @odd, a comma is AND), or else text that is looked for in all of the row; `!` in front excludes.
 */
export function filterOf(text: string, machines: readonly Filterable[], meanings?: Meanings): Filter {
  const tests: Test[] = []
  const faults: string[] = []
  const words = text.split(/\s+/).filter((word) => word !== '' && word !== '!')
  for (const word of words) {
    try {
      tests.push(wordTest(word, machines, meanings))
    } catch (error) {
      faults.push(toRconsoleError(error).message)
    }
  }
  return {
    test: (machine, busy) => tests.every((test) => test(machine, busy)),
    isAboutLoad: words.some((word) => isAboutLoad(word)),
    faults,
  }
}

function wordTest(word: string, machines: readonly Filterable[], meanings: Meanings | undefined): Test {
  if (isCondition(word)) return condition(word)
  const isWithout = word.startsWith('!')
  const tests = parts(isWithout ? word.slice(1) : word).map((part) => partTest(part, machines, meanings))
  return (machine, busy) => tests.every((test) => test(machine, busy)) !== isWithout
}

function partTest(part: string, machines: readonly Filterable[], meanings: Meanings | undefined): Test {
  if (isCondition(part)) return condition(part)
  if (/^@|[=*?[]/.test(part)) return meaning([part], machines, meanings)
  const wanted = part.toLowerCase()
  return (machine) => machine.id === part || textOf(machine).includes(wanted)
}

function bareCondition(word: string): Test {
  const [, measure, sign, number] = LOAD.exec(word) ?? []
  if (measure === 'cpu' || measure === 'mem' || measure === 'disk') {
    const than = Number(number)
    return (_machine, busy) => {
      const value = busy?.[measure]
      return value !== undefined && (sign === '>' ? value > than : value < than)
    }
  }
  const [, state] = STATE.exec(word) ?? []
  if (state !== undefined) {
    if (!STATES.includes(state))
      throw new RconsoleError(
        'USAGE',
        `state=: expected one of ${STATES.join(', ')}, got ${JSON.stringify(state)}`,
      )
    return (machine) => machine.state === state
  }
  const [, field, source = ''] = TEXT.exec(word) ?? []
  const expression = expressionOf(source)
  return (machine) => expression.test(fieldOf(machine, field))
}

/** @throws USAGE */
function expressionOf(source: string): RegExp {
  try {
    return new RegExp(source, 'iu')
  } catch (cause) {
    throw new RconsoleError('USAGE', `~: ${JSON.stringify(source)} is not a regular expression`, { cause })
  }
}

function fieldOf(machine: Filterable, field: string | undefined): string {
  switch (field) {
    case 'id':
      return machine.id
    case 'os':
      return machine.os
    case 'policy':
      return machine.policy
    case 'version':
      return machine.version
    default:
      return machine.name
  }
}

function textOf({ name, state, by = '', os, labels, policy, version }: Filterable): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
  return [name, state, by && `by ${by}`, os, ...pairs, policy, version].join(' ').toLowerCase()
}
