// What a result was measured on: without it a number says nothing.
import { spawnSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { VERSION } from '../protocol/version.ts'
import { has } from './processes.ts'

export interface Machine {
  readonly at: string
  readonly machine: {
    readonly cpu: string
    readonly cores: number
    readonly memoryGiB: number
    readonly kernel: string
  }
  /** Of the minute before: what else was going on. */
  readonly load: number
  readonly versions: Readonly<Record<string, string>>
}

export function machine(): Machine {
  const all = cpus()
  const versions = {
    rconsole: VERSION,
    node: process.version,
    ssh: versionOf(['ssh', '-V']),
    pdsh: has('pdsh') ? versionOf(['pdsh', '-V']) : 'not installed',
    ansible: has('ansible') ? versionOf(['ansible', '--version']) : 'not installed',
  }
  return {
    at: new Date().toISOString(),
    machine: {
      cpu: all[0]?.model ?? 'unknown',
      cores: all.length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      kernel: release(),
    },
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    versions,
  }
}

function versionOf([file = '', ...args]: readonly string[]): string {
  const { stdout, stderr } = spawnSync(file, args, { encoding: 'utf8' })
  return (`${stdout ?? ''}${stderr ?? ''}`.split('\n')[0] ?? '').trim() || 'not installed'
}
