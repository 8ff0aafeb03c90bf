// The inside of a machine that does not exist: eight cores, a database, and what a test asks of it.
import type {
  Facts,
  Filesystem,
  Insides,
  Metrics,
  Process,
  ProcessQuery,
  RunThere,
  Service,
  SignalWord,
  Socket,
} from '../../../console/ui/insides.ts'

const GIB = 1024 ** 3
const MIB = 1024 ** 2

const ROOM: Filesystem = {
  mount: '/',
  device: '/dev/vda1',
  type: 'ext4',
  size: { total: 2048 * GIB, used: 1843 * GIB, available: 190 * GIB },
}
const BOOT: Filesystem = {
  mount: '/boot',
  device: '/dev/vda2',
  type: 'ext4',
  size: { total: 512 * MIB, used: 112 * MIB, available: 400 * MIB },
}

export const PROCESSES: readonly Process[] = [
  processOf(812, 'postgres', 31, 6.4 * GIB, 'postgres: writer'),
  processOf(1290, 'postgres', 4.1, 352 * MIB, 'postgres: wal sender'),
  processOf(441, 'root', 0.7, 58 * MIB, 'ragent'),
  processOf(2, 'root', 0, 0, ''),
]

export class FakeInsides implements Insides {
  /** Streams that are open now, by what they are. */
  readonly opened = { metrics: 0, processes: 0 }
  readonly asked: ProcessQuery[] = []
  readonly signals: string[] = []
  /** What is asked fails with this. */
  failure = ''

  async *metrics(signal: AbortSignal): AsyncGenerator<Metrics, void, void> {
    for (let at = 0; at < 30; at++) yield metricsAt(at)
    await this.#untilAborted('metrics', signal)
  }

  async *processes(query: ProcessQuery, signal: AbortSignal): AsyncGenerator<readonly Process[], void, void> {
    this.asked.push(query)
    if (this.failure !== '') throw new Error(this.failure)
    yield PROCESSES.filter(({ args = '', user }) => `${args} ${user}`.includes(query.filter))
    await this.#untilAborted('processes', signal)
  }

  async filesystems(): Promise<readonly Filesystem[]> {
    return [BOOT, ROOM]
  }

  async sockets(): Promise<readonly Socket[]> {
    const local = { address: '0.0.0.0', port: 5432 }
    const there = { address: '2001:db8::7', port: 41_022 }
    return [
      {
        protocol: 'tcp',
        state: 'LISTEN',
        local,
        remote: { address: '0.0.0.0', port: 0 },
        user: 'postgres',
        process: { pid: 812, name: 'postgres' },
      },
      { protocol: 'tcp', state: 'ESTAB', local, remote: there, user: 'postgres' },
    ]
  }

  async services(): Promise<readonly Service[]> {
    return [
      {
        unit: 'postgresql.service',
        load: 'loaded',
        active: 'active',
        sub: 'running',
        description: 'PostgreSQL',
      },
      {
        unit: 'backup.service',
        load: 'loaded',
        active: 'failed',
        sub: 'failed',
        description: '\x1b[2JBackup\u202e',
      },
    ]
  }

  async facts(): Promise<Facts> {
    return {
      name: 'db-0001.internal',
      os: {
        product: 'Debian GNU/Linux',
        version: '12',
        kernel: '6.1.0-42-amd64',
        arch: 'x64',
        uptime: 18_150_000,
      },
      cpu: { model: 'EPYC 7713', cores: 8, load: [3.1, 2.8, 2.2], use: 38 },
      ram: { total: 16 * GIB, used: 12.1 * GIB, free: 1 * GIB, available: 3.9 * GIB },
      ip: [{ interface: 'eth0', address: '10.0.4.11', family: 4 }],
    }
  }

  async runs(): Promise<readonly RunThere[]> {
    const operator = { name: 'ann', key: 'k' }
    const at = new Date(2026, 10, 23, 14, 2).getTime()
    return [
      {
        id: 'A'.repeat(22),
        operator,
        command: 'systemctl reload nginx',
        state: 'done',
        code: 0,
        signal: null,
        startedAt: at,
        bytes: 0,
      },
    ]
  }

  async signal({ pid }: Process, word: SignalWord): Promise<string> {
    this.signals.push(`${word} ${pid}`)
    return 'postgres'
  }

  async #untilAborted(what: 'metrics' | 'processes', signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    this.opened[what] += 1
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    this.opened[what] -= 1
  }
}

function metricsAt(at: number): Metrics {
  return {
    at: 2000 * at,
    over: 1000,
    cpu: { use: 38 + 30 * Math.sin(at / 4), cores: [62, 21, 40, 93, 11, 27, 39, 50], wait: 0, steal: 0 },
    load: [3.1, 2.8, 2.2],
    memory: {
      total: 16 * GIB,
      used: 12.1 * GIB,
      free: 1 * GIB,
      available: 3.9 * GIB,
      swap: { total: 4 * GIB, used: 0.2 * GIB },
    },
    disks: [{ name: 'vda', read: 12 * MIB, written: 48 * MIB, busy: 31 }],
    filesystems: [ROOM, BOOT],
    net: [
      { name: 'lo', received: 900 * MIB, sent: 900 * MIB, faults: 0 },
      { name: 'eth0', received: 3.1 * MIB, sent: 11.8 * MIB, faults: 0 },
    ],
    uptime: 18_150_000,
  }
}

function processOf(pid: number, user: string, cpu: number, rss: number, args: string): Process {
  const name = args === '' ? 'kthreadd' : (args.split(/[ :]/)[0] ?? '')
  return {
    pid,
    ppid: 1,
    start: pid * 100,
    age: 90_000,
    user,
    state: 'S',
    cpu,
    time: 10,
    rss,
    threads: 4,
    name,
    args,
  }
}
