// What is copied where: MACHINE:PATH on one side, files of this computer on the other.
import { basename, resolve } from 'node:path'
import { RconsoleError } from '../../protocol/errors.ts'

export type Operands =
  | { readonly way: 'put'; readonly target: string; readonly sources: readonly string[]; readonly to: string }
  | { readonly way: 'get'; readonly target: string; readonly paths: readonly string[]; readonly to: string }

/** @throws USAGE */
export function readOperands(words: readonly string[]): Operands {
  const to = words.at(-1)
  const sources = words.slice(0, -1)
  if (to === undefined || sources.length === 0)
    throw new RconsoleError('USAGE', 'cp: expected FILE… MACHINE:PATH or MACHINE:PATH… FILE')
  const remote = remoteOf(to)
  const from = sources.map((source) => remoteOf(source))
  if (remote !== undefined) {
    if (from.some((source) => source !== undefined))
      throw new RconsoleError('USAGE', 'cp: expected one side on this computer; between machines, copy twice')
    checkNames(sources.map((source) => nameOf(resolve(source), source)))
    return { way: 'put', target: remote.target, sources, to: remote.path }
  }
  const [first] = from
  if (first === undefined)
    throw new RconsoleError(
      'USAGE',
      'cp: expected a machine, like web-1:/etc/hosts; ./a:b is a file of this computer',
    )
  if (from.some((source) => source?.target !== first.target))
    throw new RconsoleError('USAGE', 'cp: expected all that is fetched to be on the same machines')
  const paths = from.map((source) => source?.path ?? '')
  checkNames(paths.map((path) => nameOf(path, path)))
  return { way: 'get', target: first.target, paths, to }
}

/** The last part of a path: what the copy is called in a folder. @throws USAGE */
export function nameOf(path: string, said = path): string {
  const name = basename(path)
  if (name !== '' && name !== '.' && name !== '..' && name !== '~') return name
  throw new RconsoleError('USAGE', `cp: expected a path that ends in a name, got ${JSON.stringify(said)}`)
}

/** As scp tells them apart: a colon before any slash. */
function remoteOf(word: string): { target: string; path: string } | undefined {
  const [, target, path] = /^([^:/.][^:/]*):(.*)$/s.exec(word) ?? []
  return target === undefined || path === undefined ? undefined : { target, path: path === '' ? '.' : path }
}

function checkNames(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined)
    throw new RconsoleError(
      'USAGE',
      `cp: two sources are called ${JSON.stringify(twice)}: one would replace the other`,
    )
}
