// The runs and shells under way on this machine, whoever started them.

export interface Work {
  readonly kind: 'run' | 'shell'
  /** The key of the operator who started it. */
  readonly operator: string
  /** End it, and say `why` of it: the whole process group, TERM, 5 s, KILL. Resolves when nothing of it is left. */
  end(why: string): Promise<void>
}

export class Works {
  readonly #open = new Set<Work>()

  /** Register `work`; call the result when it is over. */
  add(work: Work): () => void {
    this.#open.add(work)
    return () => this.#open.delete(work)
  }

  count(kind: Work['kind'], operator?: string): number {
    return this.#select(kind, operator).length
  }

  /** End every work of this kind, of one operator if given. Resolves when all are over. */
  async end(kind: Work['kind'], why: string, operator?: string): Promise<void> {
    await Promise.all(this.#select(kind, operator).map((work) => work.end(why)))
  }

  #select(kind: Work['kind'], operator?: string): Work[] {
    return [...this.#open].filter(
      (work) => work.kind === kind && (operator === undefined || work.operator === operator),
    )
  }
}
