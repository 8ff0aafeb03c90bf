// What a run came to, for people: its groups, largest first, each with one body or its difference from the majority.
import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from 'diff'
import { clean, OutputCleaner } from '../../protocol/clean.ts'
import { type Io, say, write } from '../io.ts'
import { foldNames } from '../ranges.ts'
import type { Body, Group, Printed } from './groups.ts'
import { exitWords } from './states.ts'

/** Names in a heading on a terminal (characters); scripts get them all. */
const NAMES_SHOWN = 1_000
/** A difference that takes longer to find is not shown as one (ms). */
const DIFF_MS = 2_000

export interface ReportOptions {
  readonly io: Io
  readonly isDiff: boolean
  /** Pass output through to a terminal uncleaned. */
  readonly isRaw: boolean
  /** The output of a group whose body is not here: fetched from one of its members and checked as it comes. */
  readonly output: (group: Group) => AsyncIterable<Printed>
}

/** Print `groups`, the largest first. */
export async function printGroups(groups: readonly Group[], options: ReportOptions): Promise<void> {
  const { io } = options
  const [majority] = groups
  for (const group of groups) {
    if (io.signal.aborted) return
    await write(io.stdout, `${heading(group, io.stdout.isTTY === true)}\n`, io.signal)
    const patch =
      options.isDiff && majority !== undefined && group !== majority ? difference(majority, group) : undefined
    if (patch === undefined) await printBody(group, options)
    else await write(io.stdout, shown(patch, options), io.signal)
  }
}

/** 'web-[1-24] (24 machines): exit 0, alike, not equal'. */
export function heading(group: Group, isShort: boolean): string {
  const { members, state, report, isAlike, isFalse } = group
  const names = foldNames(members.map(({ name }) => name)).join(' ')
  const cut = isShort && names.length > NAMES_SHOWN ? `${names.slice(0, NAMES_SHOWN)} …` : names
  const count = members.length === 1 ? '1 machine' : `${members.length} machines`
  const notes = [
    state.word === 'done' ? exitWords(state.code, state.signal) : state.word,
    ...(state.word === 'done' || state.reason === undefined ? [] : [state.reason]),
    ...(isAlike ? ['alike, not equal'] : []),
    ...(report.output.masked.length > 0 && members.length > 1
      ? ['equal but for each machine’s own names']
      : []),
    ...(isFalse ? ['its output is not what it said it was'] : []),
  ]
  return `--- ${clean(cut)} (${count}): ${notes.map((note) => clean(note)).join(', ')}`
}

async function printBody(group: Group, options: ReportOptions): Promise<void> {
  const { io, isRaw, output } = options
  const cleaner = io.stdout.isTTY === true && !isRaw ? new OutputCleaner() : undefined
  let last: 1 | 2 = 1
  let hasEnded = true
  const pieces = group.body === undefined ? output(group) : piecesOf(group.body)
  try {
    for await (const { fd, data } of pieces) {
      if (data.length === 0) continue
      if (fd === 2 && last === 1) await write(io.stdout, `${hasEnded ? '' : '\n'}-- stderr\n`, io.signal)
      last = fd
      hasEnded = data.at(-1) === 0x0a
      await write(io.stdout, cleaner?.push(data) ?? data, io.signal)
    }
  } catch (error) {
    say(io, `rconsole: ${error instanceof Error ? error.message : String(error)}`)
  }
  await write(io.stdout, `${cleaner?.end() ?? ''}${hasEnded ? '' : '\n'}`, io.signal)
}

function* piecesOf({ stdout, stderr }: Body): Generator<Printed> {
  yield { fd: 1, data: stdout }
  yield { fd: 2, data: stderr }
}

/** A unified diff, or undefined where there is none to be had: a body is not here, is no text, or differs in all. */
export function difference(majority: Group, group: Group): string | undefined {
  const [before, after] = [textOf(majority.body), textOf(group.body)]
  if (before === undefined || after === undefined) return undefined
  const names = [majority, group].map(({ members }) => members[0]?.name ?? '')
  const patch = structuredPatch(names[0] ?? '', names[1] ?? '', before, after, '', '', {
    context: 3,
    timeout: DIFF_MS,
  })
  if (patch === undefined) return undefined
  return patch.hunks.length === 0 ? 'the same output\n' : formatPatch(patch, FILE_HEADERS_ONLY)
}

function textOf(body: Body | undefined): string | undefined {
  if (body === undefined) return undefined
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    const stdout = text.decode(body.stdout)
    if (body.stderr.length === 0) return stdout
    return `${stdout}${stdout === '' || stdout.endsWith('\n') ? '' : '\n'}-- stderr\n${text.decode(body.stderr)}`
  } catch {
    // Not text: shown as it is instead.
    return undefined
  }
}

function shown(patch: string, { io, isRaw }: ReportOptions): string {
  if (io.stdout.isTTY !== true) return patch
  const cleaner = new OutputCleaner()
  const safe = isRaw ? patch : cleaner.push(patch) + cleaner.end()
  return io.env['NO_COLOR'] ? safe : safe.split('\n').map(coloured).join('\n')
}

/** Colour says again what the first character says. */
function coloured(line: string): string {
  if (line.startsWith('+')) return `\x1b[32m${line}\x1b[m`
  return line.startsWith('-') ? `\x1b[31m${line}\x1b[m` : line
}
