// The runs of a machine in a folder of their own, to be opened again as after a crash.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { startProgram } from '../../agent/program.ts'
import { Runs, type RunsOptions } from '../../agent/runs.ts'

export function newRuns(options: Partial<RunsOptions> = {}) {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'runs-'))
  const failures: unknown[] = []
  const runs = new Runs({
    folder,
    machine: 'web-1',
    names: () => ['web-1'],
    start: startProgram,
    failed: (error) => failures.push(error),
    ...options,
  })
  t.teardown(async () => {
    await runs.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return { runs, folder, failures }
}
