// What a run prints, passed through: bytes as they are to a pipe, cleaned to a terminal.
import type { OutputOf } from '../protocol/actions/index.ts'
import { OutputCleaner } from '../protocol/clean.ts'
import type { RunReport } from '../protocol/run-report.ts'
import { type Io, say, write } from './io.ts'
import { formatBytes } from './units.ts'

export class Follower {
  /** Bytes of the run that have been passed on or are lost: where to go on from. */
  place: number
  readonly #io: Io
  readonly #cleaners: { readonly 1: OutputCleaner | undefined; readonly 2: OutputCleaner | undefined }

  constructor(io: Io, isRaw: boolean, place = 0) {
    this.#io = io
    this.place = place
    this.#cleaners = { 1: cleanerFor(io.stdout, isRaw), 2: cleanerFor(io.stderr, isRaw) }
  }

  /** Pass on all of `call`. */
  async follow(call: AsyncGenerator<OutputOf<'run'>, RunReport, void>): Promise<RunReport> {
    for (;;) {
      const { done, value } = await call.next()
      if (done === true) return value
      if ('data' in value) {
        const out = value.fd === 1 ? this.#io.stdout : this.#io.stderr
        await write(out, this.#cleaners[value.fd]?.push(value.data) ?? value.data, this.#io.signal)
        this.place += value.data.length
      } else if ('skipped' in value) {
        say(this.#io, `rconsole: ${formatBytes(value.skipped)} of its output are not kept any more`)
        this.place += value.skipped
      }
    }
  }

  /** What a terminal may still be owed. */
  async end(): Promise<void> {
    await write(this.#io.stdout, this.#cleaners[1]?.end() ?? '')
    await write(this.#io.stderr, this.#cleaners[2]?.end() ?? '')
  }
}

/** Why there is no status of its own, in a line; undefined when there is one, or Ctrl-C says it. */
export function causeLine({ state, cause }: RunReport): string | undefined {
  if (state === 'done') return undefined
  return cause === undefined ? state : `${state} (${cause})`
}

function cleanerFor(out: Io['stdout'], isRaw: boolean): OutputCleaner | undefined {
  return out.isTTY === true && !isRaw ? new OutputCleaner() : undefined
}
