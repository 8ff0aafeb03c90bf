// The journal of systemd, through journalctl: its last lines, and from exactly there on what is added.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { RconsoleError } from '../protocol/errors.ts'
import { lastOf, wholeLines } from './log-lines.ts'
import { cut } from './proc/read.ts'
import { noTool, toolEnvironment } from './tool.ts'

export interface JournalLog {
  readonly unit: string | undefined
  readonly lines: number
  readonly grep: string | undefined
  /** Only entries after this (ms since 1970). */
  readonly since: number | undefined
  readonly follow: boolean
}

const JOURNALCTL = 'journalctl'
/** What journalctl says itself among the lines, and the place where it stopped. */
const OWN = '-- '
const CURSOR = '-- cursor: '
/** What is kept of its complaints (bytes). */
const MOST_SAID = 4096

/** @throws UNSUPPORTED without a journal; NO_ACCESS when the agent's user may not read it; FAILED */
export async function* readJournal(
  { unit, lines, grep, since, follow }: JournalLog,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, void> {
  const which = [
    ...(unit === undefined ? [] : [`--unit=${unit}`]),
    ...(since === undefined ? [] : [`--since=@${Math.floor(since / 1000)}`]),
  ]
  let cursor: string | undefined
  const heard = (line: string): void => {
    if (line.startsWith(CURSOR)) cursor = line.slice(CURSOR.length).trim()
  }
  // All of them are looked through for a text: journalctl's own --grep is not built in everywhere.
  const most = grep === undefined ? [`--lines=${lines}`] : []
  const found = wholeLines(own(journalctl([...which, ...most, '--show-cursor'], signal), heard), grep)
  if (grep === undefined) for await (const part of found) yield Buffer.concat(part)
  else yield await lastOf(found, lines)
  if (!follow) return
  const from = cursor === undefined ? ['--lines=0'] : ['--no-tail', `--after-cursor=${cursor}`]
  const added = own(journalctl([...which, '--follow', ...from], signal), heard)
  for await (const part of wholeLines(added, grep)) yield Buffer.concat(part)
}

/** Without the lines of journalctl's own: an entry begins with its time. */
async function* own(
  source: AsyncIterable<Buffer>,
  heard: (line: string) => void,
): AsyncGenerator<Buffer, void, void> {
  for await (const lines of wholeLines(source, undefined)) {
    const entries = lines.filter((line) => {
      const isOwn = line.subarray(0, OWN.length).toString('latin1') === OWN
      if (isOwn) heard(line.toString())
      return !isOwn
    })
    if (entries.length > 0) yield Buffer.concat(entries)
  }
}

async function* journalctl(args: readonly string[], signal: AbortSignal): AsyncGenerator<Buffer, void, void> {
  signal.throwIfAborted()
  const child = spawn(JOURNALCTL, ['--no-pager', '--output=short-iso', ...args], {
    env: toolEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const failed = new Promise<unknown>((resolve) => child.once('error', resolve))
  const closed = once(child, 'close').catch(() => undefined)
  let said = ''
  child.stderr.on('data', (data: Buffer) => (said = (said + data.toString()).slice(0, MOST_SAID)))
  const stop = (): void => void child.kill()
  signal.addEventListener('abort', stop, { once: true })
  try {
    let isEmpty = true
    for await (const chunk of child.stdout) {
      isEmpty = false
      if (chunk instanceof Buffer) yield chunk
    }
    signal.throwIfAborted()
    const error = child.pid === undefined ? await failed : undefined
    if (error !== undefined) throw noTool(JOURNALCTL, error)
    await closed
    if (isEmpty || child.exitCode !== 0) check(child.exitCode, said)
  } finally {
    signal.removeEventListener('abort', stop)
    child.kill()
    await closed
  }
}

function check(status: number | null, said: string): void {
  const [line = ''] = said.split('\n')
  if (/no journal files were found/i.test(said))
    throw new RconsoleError(
      'UNSUPPORTED',
      'this machine keeps no journal: name a file below /var/log instead',
    )
  if (/permission/i.test(said))
    throw new RconsoleError(
      'NO_ACCESS',
      "the agent's user may not read the journal: it takes root or the group systemd-journal",
    )
  if (status !== 0) throw new RconsoleError('FAILED', cut(line || `journalctl ended with ${status}`, 500))
}
