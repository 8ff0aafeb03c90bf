// Whether this machine is frozen: kept in the agent's home, so that it is so after a restart, too.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { RconsoleError } from '../protocol/errors.ts'
import { readPrivate, writePrivate } from '../protocol/files.ts'
import type { Frozen } from '../protocol/owner-policy.ts'

const fileSchema = v.strictObject({ by: v.string(), at: v.pipe(v.number(), v.integer()) })

export class FrozenFile {
  readonly #path: string
  #frozen: Frozen | undefined

  /** @throws HOME when the file holds something else: whether it is frozen is then for a person to say */
  constructor(home: string) {
    this.#path = join(home, 'frozen.json')
    this.#frozen = load(this.#path)
  }

  get frozen(): Frozen | undefined {
    return this.#frozen
  }

  /** On the disk when it returns. @throws HOME */
  set(frozen: Frozen): void {
    writePrivate(this.#path, `${JSON.stringify(frozen)}\n`)
    this.#frozen = frozen
  }

  clear(): void {
    rmSync(this.#path, { force: true })
    this.#frozen = undefined
  }
}

function load(path: string): Frozen | undefined {
  const text = readPrivate(path)
  if (text === undefined) return undefined
  try {
    return v.parse(fileSchema, JSON.parse(text))
  } catch (cause) {
    throw new RconsoleError('HOME', `${path} is damaged: this machine was frozen; remove it to end that`, {
      cause,
    })
  }
}
