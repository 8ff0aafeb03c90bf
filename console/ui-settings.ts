// What the terminal UI remembers, as ui.json in the console's folder; in memory only with an operator token.
import { join } from 'node:path'
import * as v from 'valibot'
import { readPrivate, writePrivate } from '../protocol/files.ts'
import type { Settings, UiSettings } from './ui/settings.ts'

/** A value that is not what it should be is as if it were not there: nothing rests on these. */
const short = v.fallback(v.optional(v.pipe(v.string(), v.maxLength(64))), undefined)
const flag = v.fallback(v.optional(v.boolean()), undefined)
const schema = v.object({
  theme: short,
  readOnly: flag,
  sort: short,
  descending: flag,
  columns: v.fallback(
    v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(64))), v.maxLength(64))),
    undefined,
  ),
})

export class SettingsFile implements Settings {
  readonly #path: string | undefined
  #values: UiSettings

  /** `folder` is undefined where nothing is kept. */
  constructor(folder: string | undefined) {
    this.#path = folder === undefined ? undefined : join(folder, 'ui.json')
    this.#values = this.#read()
  }

  get values(): UiSettings {
    return this.#values
  }

  /** Holds for this time even if it cannot be written. @throws HOME then */
  keep(change: UiSettings): void {
    this.#values = { ...this.#values, ...change }
    if (this.#path !== undefined) writePrivate(this.#path, `${JSON.stringify(this.#values, undefined, 2)}\n`)
  }

  #read(): UiSettings {
    if (this.#path === undefined) return {}
    try {
      return v.parse(schema, JSON.parse(readPrivate(this.#path) ?? '{}'))
    } catch {
      // Damaged, or open to others: nothing rests on it, and the next setting writes it anew.
      return {}
    }
  }
}
