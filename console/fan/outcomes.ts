// How the machines of the last runs came out, kept in the console's folder: what @odd, @failed, @silent and @same mean.
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { RconsoleError } from '../../protocol/errors.ts'
import { makePrivateFolder, readPrivate, writePrivate } from '../../protocol/files.ts'
import { workId } from '../../protocol/action.ts'
import { FAN_STATES, type FanState, isFailed, isOver, isSilent } from './states.ts'

/** Runs that are kept. */
const MOST_RUNS = 50

const outcomeSchema = v.object({
  id: v.string(),
  name: v.string(),
  word: v.picklist(FAN_STATES),
  since: v.number(),
  reason: v.optional(v.string()),
  code: v.optional(v.nullable(v.number())),
  signal: v.optional(v.nullable(v.string())),
  /** In the largest group of those that answered; absent without an answer. */
  isSame: v.optional(v.boolean()),
})
const fanRecordSchema = v.object({
  run: workId,
  /** When it was begun, and when the console had its last word (ms). */
  at: v.number(),
  until: v.optional(v.number()),
  command: v.string(),
  machines: v.array(outcomeSchema),
})
export type Outcome = v.InferOutput<typeof outcomeSchema>
export type FanRecord = v.InferOutput<typeof fanRecordSchema>

export class Outcomes {
  readonly #folder: string | undefined

  /** `home`: the console's own folder; a pipeline with an operator token has none, and remembers nothing. */
  constructor(home: string | undefined) {
    this.#folder = home === undefined ? undefined : join(home, 'outcomes')
  }

  /** Keep `record`, and forget the oldest beyond MOST_RUNS. @throws HOME */
  save(record: FanRecord): void {
    if (this.#folder === undefined) return
    makePrivateFolder(this.#folder)
    writePrivate(pathOf(this.#folder, record.run), `${JSON.stringify(record)}\n`)
    for (const run of this.runs().slice(MOST_RUNS)) rmSync(pathOf(this.#folder, run), { force: true })
  }

  /** Ids, newest first. */
  runs(): string[] {
    const folder = this.#folder
    if (folder === undefined || !existsSync(folder)) return []
    return readdirSync(folder)
      .filter((file) => /^[A-Za-z0-9_-]{22}\.json$/.test(file))
      .map((file) => ({ run: file.slice(0, -'.json'.length), at: timeOf(join(folder, file)) }))
      .toSorted((one, other) => other.at - one.at)
      .map(({ run }) => run)
  }

  /** The newest, or the one whose id begins with `start`. @throws NOT_FOUND, AMBIGUOUS, HOME */
  get(start = ''): FanRecord {
    const found = this.runs().filter((run) => run.startsWith(start))
    const [run, another] = found
    if (run === undefined || this.#folder === undefined)
      throw new RconsoleError(
        'NOT_FOUND',
        start === ''
          ? 'no run on several machines is kept here yet'
          : `no run ${JSON.stringify(start)} is kept here: rconsole runs shows those there are`,
      )
    if (start !== '' && another !== undefined)
      throw new RconsoleError('AMBIGUOUS', `${found.length} runs begin with ${start}: say more of the id`)
    return read(pathOf(this.#folder, run))
  }

  /** The ids that `word` ('odd', 'failed:RUN') means; undefined when it is no such word. @throws NOT_FOUND */
  meaning(word: string): ReadonlySet<string> | undefined {
    const [kind = '', run] = word.split(':', 2)
    const test = TESTS.get(kind)
    if (test === undefined) return undefined
    return new Set(
      this.get(run)
        .machines.filter((machine) => test(machine))
        .map(({ id }) => id),
    )
  }
}

function read(path: string): FanRecord {
  try {
    return v.parse(fanRecordSchema, JSON.parse(readPrivate(path) ?? ''))
  } catch (cause) {
    if (cause instanceof RconsoleError) throw cause
    throw new RconsoleError('HOME', `${path} is damaged: remove it`, { cause })
  }
}

const timeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

const pathOf = (folder: string, run: string): string => join(folder, `${run}.json`)

/** As it was kept. */
export const stateOf = ({ word, since, reason, code, signal }: Outcome): FanState => ({
  word,
  since,
  ...(reason === undefined ? {} : { reason }),
  ...(code === undefined ? {} : { code }),
  ...(signal === undefined ? {} : { signal }),
})

const TESTS: ReadonlyMap<string, (outcome: Outcome) => boolean> = new Map([
  ['odd', ({ isSame }: Outcome) => isSame === false],
  ['same', ({ isSame }: Outcome) => isSame === true],
  // A console that was ended had not heard of the others: to it they are silent.
  ['silent', (outcome: Outcome) => isSilent(stateOf(outcome)) || !isOver(stateOf(outcome))],
  ['failed', (outcome: Outcome) => isFailed(stateOf(outcome))],
])
