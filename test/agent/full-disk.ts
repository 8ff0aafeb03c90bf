// A machine whose disk is full, as far as a limit on the size of files goes: started by a test with one.
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProgram } from '../../agent/program.ts'
import { Runs } from '../../agent/runs.ts'
import { RconsoleError } from '../../protocol/errors.ts'
import { until } from '../until.ts'
import { newId, processesOf } from './world.ts'

// The system says so with a signal too.
process.on('SIGXFSZ', () => undefined)
const folder = mkdtempSync(join(tmpdir(), 'full-'))
const alice = { name: 'alice', key: 'key-of-alice' }
const runs = new Runs({
  folder,
  machine: 'web-1',
  names: () => [],
  start: startProgram,
  failed: () => undefined,
})
const id = newId()
const program = { argv: ['cat', '/dev/zero'] }
const { live } = await runs.begin({ id, program, keep: { bytes: 64 * 1024 * 1024 } }, alice)
await until(() => live?.report().state === 'paused', 'it is paused')
const paused = live?.report().cause
// The journal is as full.
const journal = join(folder, 'journal')
appendFileSync(journal, ' '.repeat(200 * 1024 - statSync(journal).size - 100))
const refused = await runs
  .begin({ id: newId(), program: { argv: ['true', 'x'.repeat(20_000)] } }, alice)
  .then(
    () => 'none',
    (error: unknown) => (error instanceof RconsoleError ? error.code : String(error)),
  )
await live?.end({ state: 'cancelled', cause: 'said the test' })
const ended = live?.report().state
process.stdout.write(JSON.stringify({ paused, refused, ended, left: processesOf(id).length }))
rmSync(folder, { recursive: true })
if (process.stdout.writableLength > 0) await once(process.stdout, 'drain')
process.exit(0)
