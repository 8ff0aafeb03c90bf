// What the lists show, as the console gives it: what was done, tokens, operators.

/** Shows what has been read so far, until all is; `signal` ends it. Rejects with what to say. */
export type Reading<Row> = (show: (rows: readonly Row[]) => void, signal: AbortSignal) => Promise<void>

/** One request to one machine, from the machine's signed receipts. */
export interface DoneRow {
  readonly id: string
  /** Milliseconds since the epoch, by the machine's clock. */
  readonly at: number
  readonly machine: string
  readonly operator: string
  readonly action: string
  readonly outcome: string
  readonly isGood: boolean
  readonly what: string
}

export interface TokenRow {
  readonly id: string
  /** open, closed, expired, used up, void. */
  readonly state: string
  /** Milliseconds since the epoch. */
  readonly until: number
  readonly uses: number
  readonly max: number | undefined
  readonly by: string
  readonly labels: string
  readonly waits: boolean
  readonly machines: readonly string[]
}

export interface OperatorRow {
  readonly name: string
  readonly role: string
  readonly scope: string
  /** Milliseconds since the epoch. */
  readonly until: number
  readonly isRevoked: boolean
  readonly isToken: boolean
  readonly isYou: boolean
  readonly key: string
}

export interface Books {
  /** Of these machines; of all without. */
  history(machineIds: readonly string[]): Reading<DoneRow>
  readonly tokens: Reading<TokenRow>
  readonly operators: Reading<OperatorRow>
}
