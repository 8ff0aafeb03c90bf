// The rules of the house as functions of source files: each returns what breaks it, one line a fault.
import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'

export interface Source {
  /** From the root, with slashes: 'relay/router.ts'. */
  readonly path: string
  readonly text: string
}

/** What the relay may take from protocol/: envelopes, presence, statements, a chain of lines for its own audit, and help;
 *  nothing that seals, opens or acts. */
const FOR_THE_RELAY = new Set(
  'audit bytes chain-file envelope errors events exit files fleet fleet-file keys limits man member membership presence roster standard-error version'
    .split(' ')
    .map((name) => `protocol/${name}.ts`),
)
/** Nor may anything that those import in their turn. */
export const SEALED =
  /^protocol\/(?:actions\/|(?:action|session|handshake|noise|stream|dial|messages|padding|fragments)\.ts)/
/** Which folder may import from which others. */
const MAY: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  relay: ['protocol'],
  agent: ['protocol'],
  console: ['protocol'],
}
const MOST_LINES = 300
/** The two dispatches by name, where a type cannot follow, say so on the line above. */
const DISPATCH = new Set(['agent/serving.ts', 'console/call.ts'])
const DISPATCH_MARK = 'oxlint-disable-next-line typescript/no-unsafe-type-assertion'
/** Where a library of another age is given types, once. */
const UNTYPED = new Set(['console/ui/blessed.ts'])

/** The sources below `folders`. */
export function sourcesOf(...folders: readonly string[]): Source[] {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => posix.join(folder, name))
      .map((path) => ({ path, text: readFileSync(path, 'utf8') })),
  )
}

/** Imports that leave a folder where they may not, or that the relay must not know. */
export function wrongImports(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    const { path } = source
    const from = folderOf(path)
    return importsOf(source).flatMap((to) => {
      if (!to.endsWith('.ts')) return [`${path} imports ${to}, which does not end in .ts`]
      const isAllowed = from === folderOf(to) || (MAY[from]?.includes(folderOf(to)) ?? true)
      const isForbidden = from === 'relay' && folderOf(to) === 'protocol' && !FOR_THE_RELAY.has(to)
      return isAllowed && !isForbidden ? [] : [`${path} imports ${to}`]
    })
  })
}

/** What the relay would load through what it may import. */
export function reachedByTheRelay(sources: readonly Source[]): string[] {
  const graph = graphOf(sources)
  const seen = new Set<string>()
  const visit = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    for (const next of graph.get(path) ?? []) visit(next)
  }
  for (const { path } of sources) if (folderOf(path) === 'relay') visit(path)
  return [...seen].filter((path) => SEALED.test(path)).map((path) => `the relay reaches ${path}`)
}

/** Files that import themselves, by whatever way: the shortest way of each. */
export function cycles(sources: readonly Source[]): string[] {
  const graph = graphOf(sources)
  const found: string[] = []
  const done = new Set<string>()
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) found.push([...way.slice(way.indexOf(path)), path].join(' > '))
    if (done.has(path) || way.includes(path)) return
    for (const next of graph.get(path) ?? []) visit(next, [...way, path])
    done.add(path)
  }
  for (const { path } of sources) visit(path, [])
  return found
}

/** Files above the ceiling. */
export function tooLong(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, text }) => {
    const lines = text.split('\n').length - 1
    return lines > MOST_LINES ? [`${path} has ${lines} lines`] : []
  })
}

/** Files whose first line, or the one after `#!`, does not say in a sentence what lives there. */
export function unsaid(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, text }) => {
    const [first = ''] = /^(?:\/\/ .*\n)+/.exec(text.replace(/^#!.*\n/, '')) ?? []
    return /^\/\/ \S.{10,}[.:]\n$/s.test(first) ? [] : [`${path} does not begin with a sentence`]
  })
}

/** `any`, assertions, `!`, and failures that are swallowed without a word. */
export function loose(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, text }) => {
    const lines = codeOf(text).split('\n')
    const original = text.split('\n')
    const faults = lines.flatMap((line, index) => {
      const at = `${path}:${index + 1}`
      const isDispatch = DISPATCH.has(path) && (original[index - 1] ?? '').includes(DISPATCH_MARK)
      return [
        ...(/(?<![.\w])any\b(?![:(])/.test(line) ? [`${at} says any`] : []),
        ...(!isDispatch && /(?<![.\w])as\s+(?!const\b)[\w{([]/.test(line) ? [`${at} asserts a type`] : []),
        ...(/[\w)\]]!(?![=\w])/.test(line) ? [`${at} asserts that something is there`] : []),
      ]
    })
    const swallows = /catch\s*(?:\([^)]*\)\s*)?\{\s*\}|\.catch\(\(\w*\) => \{\s*\}\)/.test(text)
    const silences = /@ts-(?:ignore|expect-error|nocheck)/.test(text)
    return [
      ...(UNTYPED.has(path) ? [] : faults),
      ...(swallows ? [`${path} swallows a failure`] : []),
      ...(silences ? [`${path} silences the compiler`] : []),
    ]
  })
}

/** The code without comments, strings, patterns and imports, line for line. */
export function codeOf(text: string): string {
  const token =
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|(?<=[(,=:[!&|?{};>]\s*|return\s+)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[dgimsuvy]*/g
  return text
    .replace(token, (found) => blank(found, found.startsWith('//') || found.startsWith('/*') ? '' : "''"))
    .replace(/^(?:import|export)\s(?:type\s)?[^=]*?\bfrom ''/gm, (found) => blank(found))
}

function graphOf(sources: readonly Source[]): Map<string, string[]> {
  return new Map(sources.map((source) => [source.path, importsOf(source)]))
}

/** Paths from the root of what a file imports of ours, now or later, as a value or as a type. */
function importsOf({ path, text }: Source): string[] {
  const found = text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)
  return [...found].map(([, to = '']) => posix.join(posix.dirname(path), to))
}

function folderOf(path: string): string {
  return path.split('/')[0] ?? ''
}

/** Nothing but the ends of its lines, after `filler`. */
function blank(found: string, filler = ''): string {
  return filler + found.replace(/[^\n]/g, '')
}
