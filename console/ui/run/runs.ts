// Runs as the UI is given them: one that goes on is looked at whenever something has changed.

interface Named {
  readonly id: string
  readonly name: string
}

/** Machines that gave the same answer; or that have not answered, for the same reason. */
export interface RunGroup {
  /** The same for as long as the group is. */
  readonly key: string
  readonly machines: readonly Named[]
  /** `web-[0001-0024] db-0001`. */
  readonly names: string
  /** `exit 0`, `running`, `offline since …`. */
  readonly how: string
  readonly isAnswer: boolean
  readonly isWell: boolean
  /** What they printed; undefined while it is not here. */
  readonly text: string | undefined
}

export interface LiveRun {
  readonly id: string
  readonly command: string
  readonly machines: readonly Named[]
  /** When it was begun (ms since the epoch). */
  readonly at: number
  /** How many machines are done with it, and whether all are. */
  readonly done: number
  readonly isOver: boolean
  /** `27 well, 1 failed, 3 running`. */
  readonly counts: string
  /** The answers, the largest group first, then those that have none. */
  readonly groups: readonly RunGroup[]
  /** Machines that answered otherwise than most, and those of which nothing good is known. */
  readonly odd: readonly Named[]
  readonly failed: readonly Named[]
  /** How the answer differs from that of most; undefined where that cannot be shown. */
  diff(group: RunGroup): string | undefined
  /** Have the text of a group fetched. */
  read(group: RunGroup): Promise<void>
  /** Write what each machine printed to a new file below `folder`; how many. */
  save(folder: string): Promise<number>
  /** End it on all machines. */
  stop(): void
  /** Leave it to the machines. */
  leave(): void
  onChange(listener: () => void): () => void
}

/** A run that this console has begun at some time. */
export interface KeptRun {
  readonly id: string
  readonly command: string
  readonly at: number
  readonly machines: readonly Named[]
}

export interface Runs {
  /** More machines than this are counted by the operator before a run begins. */
  readonly askAbove: number
  /** The newest last. */
  readonly kept: readonly KeptRun[]
  /** Run `line` in the machines' own shells. */
  start(line: string, machineIds: readonly string[]): LiveRun
  /** Follow one that was begun before. */
  follow(kept: KeptRun): LiveRun
}
