// Runs for the terminal UI, on a real connection: asked, folded and remembered as those of `rconsole run` are.
import type { RequestOf } from '../protocol/actions/index.ts'
import { RconsoleError } from '../protocol/errors.ts'
import type { Client } from './client.ts'
import type { Context } from './context.ts'
import type { Entry } from './fan/entry.ts'
import { Folding, type RunOnMany } from './fan/folding.ts'
import type { Group, Printed } from './fan/groups.ts'
import { askAbove } from './fan/guard.ts'
import { OutFolder } from './fan/out-folder.ts'
import { Outcomes } from './fan/outcomes.ts'
import { countsOf } from './fan/progress.ts'
import { difference } from './fan/report.ts'
import { exitWords, explainFan, isFailed, isSilent, isWell } from './fan/states.ts'
import { nameless } from './fan/summary.ts'
import type { Machine } from './machine.ts'
import { foldNames } from './ranges.ts'
import type { KeptRun, LiveRun, RunGroup, Runs } from './ui/run/runs.ts'
import { newWorkId } from './work-id.ts'

/** Between two looks at a run, however much of it changes (ms). */
const LOOK_MS = 150
/** Runs that can be looked at again. */
const KEPT = 200
/** What is read of one answer to show it (bytes). */
const TEXT_BYTES = 4 * 1024 * 1024

export function uiRuns(client: Client, context: Context): Runs {
  const { runBook } = context
  const begin = (run: RunOnMany, ids: readonly string[]): LiveRun => {
    const machines = ids.flatMap((id) => client.machine(id) ?? [])
    if (machines.length === 0)
      throw new RconsoleError('NOT_FOUND', 'none of these machines is known: see the list of machines')
    return new FoldedRun(client, context, run, machines)
  }
  return {
    askAbove: askAbove(context),
    get kept() {
      return runBook.entries().slice(-KEPT)
    },
    start(command, ids) {
      const id = newWorkId()
      const request: RequestOf<'run'> = { id, program: { line: command, shell: 'own' } }
      const run = begin({ id, command, begin: request }, ids)
      runBook.note({ id, command, at: run.at, machines: [...run.machines] })
      return run
    },
    follow: ({ id, command, machines }: KeptRun) =>
      begin(
        { id, command },
        machines.map((machine) => machine.id),
      ),
  }
}

class FoldedRun implements LiveRun {
  readonly id: string
  readonly command: string
  readonly at = Date.now()
  readonly #folding: Folding
  readonly #controller = new AbortController()
  readonly #listeners = new Set<() => void>()
  readonly #groups = new Map<string, Group>()
  readonly #keys = new WeakMap<Group, string>()
  readonly #texts = new Map<string, string>()
  #shown: readonly RunGroup[] | undefined
  #timer: NodeJS.Timeout | undefined
  isOver = false

  constructor(client: Client, context: Context, run: RunOnMany, machines: readonly Machine[]) {
    this.id = run.id
    this.command = run.command
    this.#folding = new Folding({
      client,
      run,
      machines,
      parallel: machines.length,
      retryFor: 0,
      signal: this.#controller.signal,
      reading: context.io.signal,
      isAlike: false,
      isFolded: true,
      changed: () => this.#changed(),
      outcomes: new Outcomes(context.folder),
    })
    // Not awaited: it may last for days; what goes wrong with a machine is its state.
    this.#folding
      .run()
      .catch((error: unknown) => this.#texts.set('', error instanceof Error ? error.message : String(error)))
      .finally(() => {
        this.isOver = true
        this.#changed()
      })
  }

  get machines(): LiveRun['machines'] {
    return this.#folding.entries.map(({ id, name }) => ({ id, name }))
  }

  get done(): number {
    return this.#folding.entries.filter(({ isOver }) => isOver).length
  }

  get counts(): string {
    return [countsOf(this.#folding.entries), this.#texts.get('') ?? '']
      .filter((part) => part !== '')
      .join('; ')
  }

  get groups(): readonly RunGroup[] {
    this.#shown ??= this.#look()
    return this.#shown
  }

  get odd(): LiveRun['odd'] {
    return this.#folding.groups.sorted.slice(1).flatMap(({ members }) => members)
  }

  get failed(): LiveRun['failed'] {
    return this.#folding.entries.filter(({ state }) => isFailed(state) || isSilent(state))
  }

  diff({ key }: RunGroup): string | undefined {
    const [majority] = this.#folding.groups.sorted
    const group = this.#groups.get(key)
    if (majority === undefined || group === undefined || group === majority) return undefined
    return difference(majority, group)
  }

  async read({ key }: RunGroup): Promise<void> {
    const group = this.#groups.get(key)
    if (group === undefined || this.#texts.has(key)) return
    this.#texts.set(key, '')
    const pieces: Printed[] = []
    let bytes = 0
    for await (const piece of this.#folding.output(group)) {
      pieces.push(piece)
      bytes += piece.data.length
      if (bytes > TEXT_BYTES) break
    }
    this.#texts.set(key, `${textOf(pieces)}${bytes > TEXT_BYTES ? '\n… and more: save it to a folder' : ''}`)
    this.#changed()
  }

  async save(folder: string): Promise<number> {
    const { sorted } = this.#folding.groups
    const members = sorted.flatMap((group) => group.members)
    const files = new OutFolder(folder, members)
    for (const group of sorted) {
      const pieces = group.body === undefined ? this.#folding.output(group) : bothOf(group)
      for await (const piece of pieces) for (const member of group.members) files.printed(member, piece)
    }
    return members.length
  }

  stop(): void {
    this.#controller.abort(new RconsoleError('CANCELLED', 'cancelled by the operator'))
  }

  leave(): void {
    clearTimeout(this.#timer)
    this.#controller.abort(new RconsoleError('GONE', 'the console left'))
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#shown = undefined
      for (const listener of this.#listeners) listener()
    }, LOOK_MS)
  }

  #look(): RunGroup[] {
    const { groups, entries } = this.#folding
    const answered = groups.sorted.map((group) => this.#answer(group))
    const ids = new Set(answered.flatMap(({ machines }) => machines.map(({ id }) => id)))
    const waiting = new Map<string, Entry[]>()
    for (const entry of entries) {
      if (ids.has(entry.id)) continue
      const key = `${entry.state.word} ${nameless(entry) ?? ''}`
      waiting.set(key, [...(waiting.get(key) ?? []), entry])
    }
    return [...answered, ...[...waiting].map(([key, alike]) => silentGroup(key, alike))]
  }

  #answer(group: Group): RunGroup {
    const key = this.#keys.get(group) ?? `answer ${this.#groups.size}`
    this.#keys.set(group, key)
    this.#groups.set(key, group)
    const { state, members, body, isFalse, report } = group
    const words = state.word === 'done' ? exitWords(state.code, state.signal) : explainFan(state)
    const notes = [words, ...(isFalse ? ['its output is not what it said it was'] : [])]
    const isSilentProgram = report.output.stdout + report.output.stderr === 0
    return {
      key,
      machines: members.map(({ id, name }) => ({ id, name })),
      names: foldNames(members.map(({ name }) => name)).join(' '),
      how: notes.join(', '),
      isAnswer: true,
      isWell: isWell(state),
      text: body !== undefined ? textOf([...bothOf(group)]) : isSilentProgram ? '' : this.#texts.get(key),
    }
  }
}

function silentGroup(key: string, alike: readonly Entry[]): RunGroup {
  const [first] = alike
  const reason = first === undefined ? undefined : nameless(first)
  const words =
    first === undefined
      ? ''
      : first.isOver
        ? explainFan({ ...first.state, ...(reason === undefined ? {} : { reason }) })
        : first.state.word
  return {
    key,
    machines: alike.map(({ id, name }) => ({ id, name })),
    names: foldNames(alike.map(({ name }) => name)).join(' '),
    how: words,
    isAnswer: false,
    isWell: alike.every(({ isOver }) => !isOver),
    text: undefined,
  }
}

function* bothOf({ body }: Group): Generator<Printed> {
  if (body === undefined) return
  yield { fd: 1, data: body.stdout }
  yield { fd: 2, data: body.stderr }
}

/** What was printed as text, stderr after a line that says so. */
function textOf(pieces: readonly Printed[]): string {
  const [out, err] = ([1, 2] as const).map((fd) =>
    Buffer.concat(pieces.filter((piece) => piece.fd === fd).map(({ data }) => data)).toString(),
  )
  if (err === undefined || err === '') return out ?? ''
  return `${out}${out === '' || out?.endsWith('\n') === true ? '' : '\n'}-- stderr\n${err}`
}
