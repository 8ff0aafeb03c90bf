// All runs of this machine: each id once, what came of it kept, and nothing forgotten that could be asked for again.
import { statfsSync } from 'node:fs'
import { join } from 'node:path'
import type { RequestOf, ResultOf } from '../protocol/actions/index.ts'
import { commandText } from '../protocol/command-text.ts'
import { RconsoleError } from '../protocol/errors.ts'
import { makePrivateFolder } from '../protocol/files.ts'
import { KEEP_BYTES, KEPT_BYTES, MiB, RUN_ID_MS } from '../protocol/limits.ts'
import { type RunReport, UNDER_WAY } from '../protocol/run-report.ts'
import type { Permit } from './gate.ts'
import { KeptOutput, removeKept } from './kept-output.ts'
import { endMarked } from './process-tree.ts'
import { Run, type StartProgram } from './run.ts'
import { diskError, RunJournal, type RunRecord } from './run-journal.ts'
import { entryOf, hashOf, keptBytes, keptUntil, keyOf } from './run-record.ts'
import { RunOutput } from './run-output.ts'
import { Works } from './works.ts'

/** Ids remembered at most: beyond it new runs are refused, rather than an old one forgotten. */
const MOST_IDS = 200_000
/** With less than this free, nothing new is begun (bytes). */
const LEAST_FREE = 1 * MiB
/** How often old results are looked for (ms). */
const PRUNE_MS = 60_000

interface Operator {
  readonly name: string
  readonly key: string
}

/** A run, under way or over, as one follows it. */
export interface Followed {
  readonly output: RunOutput
  readonly begun: Promise<void>
  readonly over: Promise<void>
  /** Why it could not be started. */
  readonly refusal: RconsoleError | undefined
  report(): RunReport
}

export interface RunsOptions {
  readonly folder: string
  /** The name of this machine in the fleet. */
  readonly machine: string
  /** The machine's names and addresses as they are now. */
  readonly names: () => readonly string[]
  readonly start: StartProgram
  /** Something went wrong that nobody waits for. */
  readonly failed: (error: unknown) => void
}

export class Runs {
  readonly #options: RunsOptions
  readonly #journal: RunJournal
  readonly #live = new Map<string, Run>()
  #pruned = -Infinity
  /** Runs and shells under way. */
  readonly works = new Works()

  /** What an agent that died had under way is interrupted, and its processes are ended. @throws HOME */
  constructor(options: RunsOptions) {
    this.#options = options
    makePrivateFolder(options.folder)
    this.#journal = new RunJournal(join(options.folder, 'journal'))
    for (const record of this.#journal.records.values()) this.#recover(record)
  }

  /**
   * The run of this request: begun now, or the one that was begun under this id before; `live` while it is under way.
   * @throws REUSED, LOST, DISK_FULL, BUSY, POLICY
   */
  async begin(
    request: RequestOf<'run'>,
    operator: Operator,
    permit: Permit,
  ): Promise<{ run: Followed; live: Run | undefined; isMine: boolean }> {
    const key = keyOf(operator.key, request.id)
    const hash = hashOf(request)
    const known = this.#journal.records.get(key)
    if (known !== undefined) {
      const run = this.#again(known, request.id, hash)
      return { run, live: this.#live.get(key), isMine: false }
    }
    this.prune()
    this.#checkRoom()
    permit.room()
    const keep = permit.keepsOutput ? (request.keep ?? { bytes: KEEP_BYTES }) : { bytes: 0 }
    const output = new RunOutput(new KeptOutput(this.#prefix(key), keep.bytes), {
      isRing: keep.ring === true,
    })
    const command = commandText(request.program)
    const { name } = operator
    const about = { id: request.id, operator: { name, key: operator.key }, command, keep }
    const run = new Run({
      request,
      permit,
      output,
      names: this.#options.names(),
      start: this.#options.start,
      settled: async (report, refusal) => {
        const why = refusal === undefined ? {} : { refusal: { code: refusal.code, message: refusal.message } }
        const last = output.lastAt === undefined ? {} : { lastAt: output.lastAt }
        await this.#settle({ key, hash, at: Date.now(), run: { ...about, report, ...last, ...why } })
      },
    })
    this.#live.set(key, run)
    const unregister = this.works.add({
      kind: 'run',
      operator: operator.key,
      end: (cause) => run.end({ state: 'cancelled', cause }),
    })
    void run.over.then(unregister)
    try {
      await this.#journal.put({ key, hash, at: Date.now(), run: { ...about, report: run.report() } }, true)
    } catch (error) {
      this.#journal.records.delete(key)
      this.#live.delete(key)
      run.refuse(diskError(this.#options.folder, error))
      throw error
    }
    void run.live()
    return { run, live: run, isMine: true }
  }

  /** A run by its id. @throws NOT_FOUND, LOST */
  find(id: string, operatorKey: string): Followed {
    const record = this.#journal.records.get(keyOf(operatorKey, id))
    if (record !== undefined) return this.#followed(record, id)
    throw new RconsoleError('NOT_FOUND', `${this.#options.machine} knows no run ${id} of yours`)
  }

  /** What is under way of a run, to be ended; undefined once it is over. */
  underWay(id: string, operatorKey: string): Run | undefined {
    return this.#live.get(keyOf(operatorKey, id))
  }

  /** The newest first; of one operator if given. */
  list({
    ids,
    limit,
    operator,
  }: {
    ids: readonly string[] | undefined
    limit: number
    operator: string | undefined
  }): ResultOf<'runs'>['runs'] {
    this.prune()
    const wanted = ids === undefined ? undefined : new Set(ids)
    return [...this.#journal.records.values()]
      .filter(({ run }) => run !== undefined && (wanted === undefined || wanted.has(run.id)))
      .filter(({ run }) => operator === undefined || run?.operator.key === operator)
      .toSorted((a, b) => (b.run?.report.startedAt ?? 0) - (a.run?.report.startedAt ?? 0))
      .slice(0, limit)
      .flatMap((record) => {
        const live = this.#live.get(record.key)
        return entryOf(record, live?.report(), live?.output.lastAt)
      })
  }

  /** Their results have been taken. */
  acknowledge(ids: readonly string[], operatorKey: string): void {
    for (const id of ids) {
      const record = this.#journal.records.get(keyOf(operatorKey, id))
      if (record?.run === undefined || record.run.acknowledged === true) continue
      // Not yet over, it would be begun anew with its end; and who asks again acknowledges again.
      if (this.#live.has(record.key)) continue
      this.#write({ ...record, run: { ...record.run, acknowledged: true } })
    }
  }

  /** Let go what is too old or too much: first the results, much later the ids. */
  prune(): void {
    const now = Date.now()
    if (performance.now() - this.#pruned < PRUNE_MS) return
    this.#pruned = performance.now()
    const { records } = this.#journal
    let bytes = 0
    const newestFirst = [...records.values()].toSorted((a, b) => b.at - a.at)
    for (const record of newestFirst) {
      if (this.#live.has(record.key)) continue
      if (record.run === undefined) {
        if (now - record.at > RUN_ID_MS) records.delete(record.key)
        continue
      }
      bytes += keptBytes(record.run.report)
      if (now < keptUntil(record.at, record.run.acknowledged) && bytes <= KEPT_BYTES) continue
      bytes -= keptBytes(record.run.report)
      removeKept(this.#prefix(record.key))
      this.#write({ key: record.key, hash: record.hash, at: record.at })
    }
  }

  /** Nothing is written any more. */
  async close(): Promise<void> {
    await this.#journal.close()
  }

  #recover(record: RunRecord): void {
    if (record.run === undefined || !UNDER_WAY.has(record.run.report.state)) return
    const { stdout, stderr } = KeptOutput.found(this.#prefix(record.key))
    const { startedAt } = record.run.report
    this.#write({
      ...record,
      at: Date.now(),
      run: {
        ...record.run,
        report: {
          state: 'interrupted',
          code: null,
          signal: null,
          cause: 'agent restarted',
          startedAt,
          endedAt: Date.now(),
          output: { stdout, stderr, masked: [] },
        },
      },
    })
    // Its pipes are gone, and with them its output and its status: it is ended, as when an agent is stopped.
    endMarked(record.run.id).catch(this.#options.failed)
  }

  /** Every run ends here, once, whoever is still there to hear of it. */
  async #settle(record: RunRecord): Promise<void> {
    try {
      await this.#journal.put(record, false)
    } catch (error) {
      // It is known until this process ends, and then as interrupted.
      this.#options.failed(error)
    }
    this.#live.delete(record.key)
  }

  #again(record: RunRecord, id: string, hash: string): Followed {
    if (record.hash === hash) return this.#followed(record, id)
    throw new RconsoleError(
      'REUSED',
      `run id reused: ${this.#options.machine} knows run ${id} as another command; nothing was run`,
    )
  }

  #followed(record: RunRecord, id: string): Followed {
    const live = this.#live.get(record.key)
    if (live !== undefined) return live
    const { run } = record
    if (run === undefined) {
      const why = `${this.#options.machine} began run ${id} before and does not keep its result any more; it is not run again`
      throw new RconsoleError('LOST', why)
    }
    const { kept } = KeptOutput.found(this.#prefix(record.key))
    const { stdout, stderr } = run.report.output
    const output = new RunOutput(kept, { isRing: false, total: stdout + stderr })
    void output.end()
    const done = Promise.resolve()
    const refusal =
      run.refusal === undefined ? undefined : new RconsoleError(run.refusal.code, run.refusal.message)
    return { output, begun: done, over: done, refusal, report: () => run.report }
  }

  /** @throws BUSY, DISK_FULL */
  #checkRoom(): void {
    const { folder, machine } = this.#options
    if (this.#journal.records.size >= MOST_IDS)
      throw new RconsoleError('BUSY', `${machine} was asked for ${MOST_IDS} runs within 8 days: try later`)
    const { bavail, bsize } = statfsSync(folder)
    if (bavail * bsize < LEAST_FREE)
      throw diskError(folder, Object.assign(new Error('no room'), { code: 'ENOSPC' }))
  }

  /** What nobody waits for, and what is true again at the next start if it is not written. */
  #write(record: RunRecord): void {
    this.#journal.put(record, false).catch(this.#options.failed)
  }

  #prefix(key: string): string {
    return join(this.#options.folder, key)
  }
}
