// The least request of each action.
import type { ActionName, RequestOf } from '../protocol/actions/index.ts'

/** The least that each action takes; the compiler asks for one more with each action. */
export const REQUESTS: { readonly [N in ActionName]: readonly RequestOf<N>[] } = {
  attach: [{ id: 'A'.repeat(22), from: 0, follow: true }],
  disks: [{}],
  facts: [{ parts: ['name'] }],
  history: [{}],
  freeze: [{ word: 'freeze' }, { word: 'unfreeze' }],
  forward: [{ host: 'localhost', port: 80 }],
  get: [{ paths: ['/etc/hosts'] }],
  lifecycle: [
    { id: 'A'.repeat(22), word: 'kill' },
    { id: 'A'.repeat(22), word: 'reset' },
    { id: 'A'.repeat(22), word: 'disconnect' },
  ],
  logs: [{ lines: 1 }],
  metrics: [{ every: 1000, fields: ['cpu'] }],
  net: [{ show: 'all' }],
  ping: [{}],
  processes: [{ sort: 'cpu', limit: 1 }],
  put: [{ to: '/tmp', names: ['hosts'] }],
  run: [{ id: 'A'.repeat(22), program: { argv: ['true'] } }],
  runs: [{ limit: 1 }],
  services: [{ do: 'list' }, { do: 'stop', unit: 'nginx' }],
  shell: [{ id: 'A'.repeat(22), size: { cols: 80, rows: 24 }, term: 'xterm' }],
  signal: [{ pid: 2, start: 0, signal: 'TERM' }],
}
