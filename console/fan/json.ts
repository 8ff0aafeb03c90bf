// A run on many machines as JSON: one object for each event and each result, names as docs/operating.md has them.
import { type Io, writeJson } from '../io.ts'
import type { Entry } from './entry.ts'
import type { Body, Group, Printed } from './groups.ts'
import { type FanWord, isFailed, isSilent, isWell } from './states.ts'

export class JsonEvents {
  readonly #io: Io
  readonly #words = new Map<string, FanWord>()
  /** One object after the other, whoever says them. */
  #last: Promise<void> = Promise.resolve()

  constructor(io: Io) {
    this.#io = io
  }

  async start(run: string, machines: number): Promise<void> {
    await this.#say({ event: 'start', run, machines })
  }

  /** Each change of state, with what is known of how it went once it is over. */
  changed({ id, name, state, report }: Entry): void {
    if (this.#words.get(id) === state.word) return
    this.#words.set(id, state.word)
    const { word, since, reason, code = null, signal = null } = state
    void this.#say({
      event: 'state',
      id,
      name,
      state: word,
      since: new Date(since).toISOString(),
      reason: reason ?? null,
      code,
      signal,
      digest: report?.output.digest ?? null,
      stdoutBytes: report?.output.stdout ?? null,
      stderrBytes: report?.output.stderr ?? null,
    })
  }

  async printed({ id, name }: Entry, { fd, data }: Printed): Promise<void> {
    await this.#say({ event: 'output', id, name, fd, ...dataOf(Buffer.from(data)) })
  }

  async group({ members, state, report, isAlike, isFalse }: Group, body: Body | undefined): Promise<void> {
    await this.#say({
      event: 'group',
      machines: members.map(({ name }) => name),
      ids: members.map(({ id }) => id),
      state: state.word,
      code: state.code ?? null,
      signal: state.signal ?? null,
      digest: report.output.digest ?? null,
      alike: isAlike,
      verified: !isFalse && body !== undefined,
      stdout: body === undefined ? null : dataOf(body.stdout),
      stderr: body === undefined ? null : dataOf(body.stderr),
    })
  }

  async end(run: string, entries: readonly Entry[], status: number): Promise<void> {
    await this.#say({
      event: 'end',
      run,
      machines: entries.length,
      well: entries.filter(({ state }) => isWell(state)).length,
      failed: entries.filter(({ state }) => isFailed(state)).length,
      silent: entries.filter(({ state }) => isSilent(state)).length,
      status,
    })
  }

  async #say(value: Readonly<Record<string, unknown>>): Promise<void> {
    this.#last = this.#last.then(() => writeJson(this.#io, value))
    await this.#last
  }
}

/** As text where it is UTF-8, else in base64. */
function dataOf(data: Buffer): { text: string } | { base64: string } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data) }
  } catch {
    // Not UTF-8.
    return { base64: data.toString('base64') }
  }
}
