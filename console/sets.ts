// Saved sets of targets: `rconsole set web env=prod,role=web`, from then on @web.
import { join } from 'node:path'
import * as v from 'valibot'
import { RconsoleError } from '../protocol/errors.ts'
import { readPrivate, writePrivate } from '../protocol/files.ts'
import { recordOf } from '../protocol/record.ts'

/** Words with a meaning of their own, here or in the command. */
const RESERVED = ['all', 'odd', 'failed', 'silent', 'same', 'ls', 'rm']
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/
const MOST_SETS = 1000
const MOST_WORDS = 1000

const setsSchema = recordOf(
  v.pipe(v.string(), v.regex(NAME)),
  v.array(v.string()),
  'expected the words of each set',
)

export class Sets {
  readonly #path: string | undefined

  /** `folder`: the console's own; a pipeline with an operator token has none, and no sets. */
  constructor(folder: string | undefined) {
    this.#path = folder === undefined ? undefined : join(folder, 'sets.json')
  }

  /** All sets, by name. @throws HOME when the file is damaged or open to others */
  all(): Record<string, readonly string[]> {
    const text = this.#path === undefined ? undefined : readPrivate(this.#path)
    if (text === undefined) return {}
    try {
      return v.parse(setsSchema, JSON.parse(text))
    } catch (cause) {
      throw new RconsoleError('HOME', `${this.#path} is damaged: remove it, or restore it from a backup`, {
        cause,
      })
    }
  }

  get(name: string): readonly string[] | undefined {
    const sets = this.all()
    return Object.hasOwn(sets, name) ? sets[name] : undefined
  }

  /** @throws USAGE for a name that cannot be one, or no words */
  save(name: string, words: readonly string[]): void {
    if (RESERVED.includes(name) || !NAME.test(name))
      throw new RconsoleError(
        'USAGE',
        `set: ${JSON.stringify(name)} cannot name a set: expected letters, digits, . _ - and none of ${RESERVED.join(' ')}`,
      )
    if (words.every((word) => word.startsWith('!')) || words.length > MOST_WORDS)
      throw new RconsoleError('USAGE', `set: expected 1 to ${MOST_WORDS} targets, as for rconsole ls`)
    const sets = { ...this.all(), [name]: words }
    if (Object.keys(sets).length > MOST_SETS)
      throw new RconsoleError('USAGE', `set: at most ${MOST_SETS} sets: rconsole set rm removes one`)
    this.#write(sets)
  }

  /** @throws NOT_FOUND */
  remove(name: string): void {
    const { [name]: removed, ...rest } = this.all()
    if (removed === undefined)
      throw new RconsoleError(
        'NOT_FOUND',
        `no set is called ${JSON.stringify(name)}: rconsole set ls shows those there are`,
      )
    this.#write(rest)
  }

  #write(sets: Record<string, readonly string[]>): void {
    if (this.#path === undefined)
      throw new RconsoleError('USAGE', 'set: a console with RCONSOLE_KEY has no folder to keep sets in')
    writePrivate(this.#path, `${JSON.stringify(sets)}\n`)
  }
}
