// What the UI remembers from one time to the next; where it is kept is the console's business.

export interface UiSettings {
  /** A name of theme.ts. */
  readonly theme?: string | undefined
  readonly readOnly?: boolean | undefined
  /** The column that machines are sorted by, and whether from the largest. */
  readonly sort?: string | undefined
  readonly descending?: boolean | undefined
  /** The columns of machines that are shown, from the left. */
  readonly columns?: readonly string[] | undefined
}

export interface Settings {
  readonly values: UiSettings
  /** Throws what to say when it cannot be kept; it holds for this time then. */
  keep(change: UiSettings): void
}

/** For as long as this UI runs. */
export class SettingsInMemory implements Settings {
  #values: UiSettings = {}

  get values(): UiSettings {
    return this.#values
  }

  keep(change: UiSettings): void {
    this.#values = { ...this.#values, ...change }
  }
}
