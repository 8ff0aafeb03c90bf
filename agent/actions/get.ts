// Serves action `get`: reads files as the console asks for them.
import { send } from '../../protocol/copy/send.ts'
import { fromHome } from '../environment.ts'
import type { Handler } from '../handler.ts'

export const get: Handler<'get'> = async function* get({ paths, recursive }, { signal, input }) {
  const replies = input[Symbol.asyncIterator]()
  yield* send({ sources: paths.map(fromHome), recursive: recursive === true, fd: 1, signal, replies })
  return {}
}
