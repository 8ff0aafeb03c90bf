// Serves action `put`: writes what the console sends, each file beside its place until it is whole.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { RequestOf } from '../../protocol/actions/index.ts'
import { failure } from '../../protocol/copy/failure.ts'
import { next } from '../../protocol/copy/next.ts'
import { Receiver } from '../../protocol/copy/receive.ts'
import { safeName } from '../../protocol/copy/safe-name.ts'
import { RconsoleError, systemCode } from '../../protocol/errors.ts'
import { fromHome } from '../environment.ts'
import type { Handler } from '../handler.ts'

export const put: Handler<'put'> = async function* put(request, { signal, input }) {
  const receiver = new Receiver({
    places: await placesOf(request),
    recursive: true,
    force: request.force === true,
  })
  const items = input[Symbol.asyncIterator]()
  try {
    for (;;) {
      const { done, value } = await next(items, signal)
      if (done === true) break
      const reply = await receiver.take(value)
      if (reply !== undefined) yield reply
    }
    for (const failed of await receiver.end()) yield { failed }
    return receiver.totals
  } finally {
    await receiver.close()
  }
}

/** Into a folder that is there under their own names; else one source takes the name that was given. */
async function placesOf({ to, names, into }: RequestOf<'put'>): Promise<string[]> {
  const place = fromHome(to)
  if (await isFolder(place)) return names.map((name) => join(place, safeName(name)))
  if (into !== true && names.length === 1) return [place]
  throw new RconsoleError('NO_FILE', `${to}: expected a folder that is there`)
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw failure(path, error)
  }
}
