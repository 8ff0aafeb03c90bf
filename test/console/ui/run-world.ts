// Runs for tests of the UI: the test answers for the machines.
import type { KeptRun, LiveRun, RunGroup, Runs } from '../../../console/ui/run/runs.ts'
import { NOW } from './now.ts'

/** What some machines answer, or why they do not. */
export interface Played {
  readonly names: readonly string[]
  readonly how?: string
  /** Undefined: there is no answer. */
  readonly text?: string
  readonly isOver?: boolean
}

export class PlayedRun implements LiveRun {
  readonly id: string
  readonly command: string
  readonly machines: LiveRun['machines']
  readonly at = NOW
  groups: readonly RunGroup[] = []
  isOver = false
  isStopped = false
  isLeft = false
  savedTo = ''
  /** Answers that have to be fetched, by their key. */
  readonly elsewhere = new Map<string, string>()
  readonly #listeners = new Set<() => void>()

  constructor(id: string, command: string, machines: LiveRun['machines']) {
    this.id = id
    this.command = command
    this.machines = machines
    this.play([{ names: machines.map(({ name }) => name), how: 'running' }])
  }

  /** From now on the run stands like this. */
  play(groups: readonly Played[], isOver = false): void {
    this.groups = groups.map(({ names, how = 'exit 0', text }, at) => ({
      key: `${at} ${names[0]}`,
      machines: names.map((name) => ({ id: `id-${name}`, name })),
      names: names.join(' '),
      how,
      isAnswer: text !== undefined,
      isWell: how === 'exit 0' || how === 'running',
      text: text === 'elsewhere' ? this.elsewhere.get(`${at} ${names[0]}`) : text,
    }))
    this.isOver = isOver
    for (const listener of this.#listeners) listener()
  }

  get done(): number {
    const done = this.groups.filter(({ how }) => how !== 'running').flatMap(({ machines }) => machines)
    return Math.min(done.length, this.machines.length)
  }

  get counts(): string {
    return this.groups.map(({ machines, how }) => `${machines.length} ${how}`).join(', ')
  }

  get odd(): LiveRun['odd'] {
    return this.groups
      .filter(({ isAnswer }) => isAnswer)
      .slice(1)
      .flatMap(({ machines }) => machines)
  }

  get failed(): LiveRun['failed'] {
    return this.groups.filter(({ isWell }) => !isWell).flatMap(({ machines }) => machines)
  }

  diff(group: RunGroup): string | undefined {
    return group === this.groups[0] ? undefined : `@@ -1 +1 @@\n-${this.groups[0]?.text}+${group.text}`
  }

  async read({ key }: RunGroup): Promise<void> {
    this.elsewhere.set(key, 'fetched\n')
    this.groups = this.groups.map((group) => (group.key === key ? { ...group, text: 'fetched\n' } : group))
    for (const listener of this.#listeners) listener()
  }

  async save(folder: string): Promise<number> {
    if (folder.startsWith('/nowhere')) throw new Error('--out: cannot write /nowhere: EACCES')
    this.savedTo = folder
    return this.machines.length
  }

  stop(): void {
    this.isStopped = true
  }

  leave(): void {
    this.isLeft = true
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

export class PlayedRuns implements Runs {
  askAbove = 20
  kept: readonly KeptRun[] = [
    {
      id: 'run-1',
      command: 'uptime',
      at: NOW - 7_200_000,
      machines: [{ id: 'id-web-0001', name: 'web-0001' }],
    },
    {
      id: 'run-2',
      command: 'uname -r',
      at: NOW - 3_600_000,
      machines: [{ id: 'id-db-0001', name: 'db-0001' }],
    },
  ]
  readonly begun: PlayedRun[] = []

  start(line: string, ids: readonly string[]): LiveRun {
    const machines = ids.map((id) => ({ id, name: id.replace(/^id-/, '') }))
    const run = new PlayedRun(`new-${this.begun.length}`, line, machines)
    this.begun.push(run)
    return run
  }

  follow({ id, command, machines }: KeptRun): LiveRun {
    const run = new PlayedRun(id, command, machines)
    this.begun.push(run)
    return run
  }

  /** The newest one; throws before there is any. */
  get last(): PlayedRun {
    const run = this.begun.at(-1)
    if (run === undefined) throw new Error('no run has been begun')
    return run
  }
}
