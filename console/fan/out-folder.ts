// --out: what each machine printed, in a file of its own that was not there before.
import { closeSync, constants, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RconsoleError, systemCode } from '../../protocol/errors.ts'
import type { Entry } from './entry.ts'
import type { Printed } from './groups.ts'

const SAFE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/
/** Nothing that is there is followed or written over. */
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW

export class OutFolder {
  readonly #paths = new Map<string, string>()

  /** Make the folder and an empty file for each machine, before anything runs. @throws USAGE when one is there already */
  constructor(folder: string, machines: readonly { readonly id: string; readonly name: string }[]) {
    this.#try(folder, () => mkdirSync(folder, { recursive: true }))
    const taken = new Set<string>()
    for (const { id, name } of machines) {
      // An id is safe by its form; two machines of one name are told apart by it, also where case does not count.
      const file = SAFE.test(name) && !taken.has(name.toLowerCase()) ? name : `${id}.id`
      taken.add(file.toLowerCase())
      const path = join(folder, file)
      this.#try(path, () => closeSync(openSync(path, NEW_FILE, 0o600)))
      this.#paths.set(id, path)
    }
  }

  /** stdout and stderr in the order in which they came. @throws USAGE */
  printed({ id }: Pick<Entry, 'id'>, { data }: Printed): void {
    const path = this.#paths.get(id)
    if (path === undefined) return
    this.#try(path, () => {
      // Opened for each piece: ten thousand files at once are more than a process may hold.
      const fd = openSync(path, APPEND)
      try {
        writeFileSync(fd, data)
      } finally {
        closeSync(fd)
      }
    })
  }

  #try(path: string, work: () => void): void {
    try {
      work()
    } catch (cause) {
      const why = systemCode(cause)
      const text =
        why === 'EEXIST'
          ? `--out: ${path} is there already: expected a folder without it (nothing is overwritten)`
          : `--out: cannot write ${path}: ${why ?? 'unknown error'}`
      throw new RconsoleError('USAGE', text, { cause })
    }
  }
}
