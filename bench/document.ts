// The table of docs/performance.md, made from the results that lie in bench/results.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Machine } from './machine.ts'
import type { Row } from './measure.ts'
import { cellsOf } from './table.ts'

export const RESULTS = join('bench', 'results')
const DOCUMENT = join('docs', 'performance.md')
const BEGIN = '<!-- made by `npm run bench -- --keep` -->\n'
const END = '<!-- end -->\n'

interface Result extends Machine {
  readonly rows: readonly Row[]
}
interface Loaded extends Machine {
  readonly agents: number
  readonly minutes: number
  readonly figures: Readonly<Record<string, number>>
}

/** The document as it should be. */
export function made(): string {
  const now = readFileSync(DOCUMENT, 'utf8')
  const start = now.indexOf(BEGIN) + BEGIN.length
  return now.slice(0, start) + tables() + now.slice(now.indexOf(END))
}

export function writeDocument(): void {
  writeFileSync(DOCUMENT, made())
}

function tables(): string {
  const names = readdirSync(RESULTS).toSorted((one, other) =>
    one.localeCompare(other, 'en', { numeric: true }),
  )
  const results = names
    .filter((name) => /^p\d+\.json$/.test(name))
    .map((name): Result => JSON.parse(text(name)))
  const lines = [
    '| | what | ours | the peer | ours / peer | target |',
    '|---|---|---|---|---|---|',
    ...results.flatMap(({ rows }) => rows.map((row) => `| ${cellsOf(row).join(' | ')} |`)),
  ]
  const [first] = results
  const on = first === undefined ? '' : `\n${where(results)}\n`
  return `${lines.join('\n')}\n${on}${names.includes('load.json') ? loaded(JSON.parse(text('load.json'))) : ''}`
}

function where(results: readonly Result[]): string {
  const last = results.at(-1)
  if (last === undefined) return ''
  const { cpu, cores, memoryGiB, kernel } = last.machine
  const versions = Object.entries(last.versions).map(([name, version]) => `${name} ${version}`)
  const loads = results.map(({ load }) => load)
  return (
    `${last.at.slice(0, 10)}, ${cores} cores (${cpu}), ${memoryGiB} GiB, Linux ${kernel}; ${versions.join('; ')}. ` +
    `Load average when each ended: ${Math.min(...loads)} to ${Math.max(...loads)}.`
  )
}

function loaded({ figures, agents, minutes }: Loaded): string {
  const lines = Object.entries(figures).map(([name, value]) => `| ${name} | ${value} |`)
  return `\nUnder load: ${agents} agents for ${minutes} minutes (\`npm run soak -- load\`).\n\n| | |\n|---|---|\n${lines.join('\n')}\n`
}

function text(name: string): string {
  return readFileSync(join(RESULTS, name), 'utf8')
}
