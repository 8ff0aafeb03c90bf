// Readers of /proc against texts that were kept, and against what the machine's own tools say in the same moment.
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { parseProcessors, readProcessors, shareOf, useOf } from '../../agent/proc/cpu.ts'
import { parseDisks, parseInterfaces, rate, readDisks, readInterfaces } from '../../agent/proc/io.ts'
import { parseMemory, readMemory } from '../../agent/proc/memory.ts'
import { parseMounts } from '../../agent/proc/mounts.ts'
import { parseProcess, readProcess, readProcesses } from '../../agent/proc/processes.ts'
import { cut } from '../../agent/proc/read.ts'
import { formatIpv6, holdersOf, isListening, parseSockets, readSockets } from '../../agent/proc/sockets.ts'
import { constants, parseAuxiliary } from '../../agent/proc/system.ts'
import { parseUsers } from '../../agent/proc/users.ts'
import { until } from '../until.ts'

const tool = (file: string, ...args: string[]) => execFileSync(file, args, { encoding: 'utf8' }).trim()
const linesAt = (path: string) => readFileSync(path, 'utf8').split('\n')

const at = (idle: number, wait: number) =>
  parseProcessors([
    `cpu  100 0 0 ${idle} ${wait} 0 0 0 7 7`,
    `cpu0 100 0 0 ${idle} ${wait} 0 0 0 0 0`,
    'intr 1',
  ])
const busy = ({ total }: { total: { all: number; idle: number } }) => total.all - total.idle
const numbers = (line = '') => line.trim().split(/\s+/).slice(1).map(Number)
const ps = () =>
  new Map(
    tool('ps', '-eo', 'pid=,ppid=,nlwp=')
      .split('\n')
      .map((line) => [parseInt(line, 10), line.trim().split(/\s+/).map(Number)]),
  )
const six = (hex: string) => formatIpv6(Buffer.from(hex, 'hex'))

void t.test('processors: work and waiting between two readings, and counters that only grow', async (t) => {
  const [before, after] = [at(100, 0), at(160, 20)]
  t.equal(useOf(before.total, { ...after.total, all: after.total.all + 20 }), 20)
  t.equal(shareOf('wait', before.total, after.total), 25)
  t.equal(useOf(after.total, after.total), 0, 'no time has passed')
  t.equal(before.cores.length, 1)
  const [first, ours, last] = [
    parseProcessors(linesAt('/proc/stat')),
    await readProcessors(),
    parseProcessors(linesAt('/proc/stat')),
  ]
  t.ok(busy(first) <= busy(ours) && busy(ours) <= busy(last))
  t.equal(ours.cores.length, Number(tool('nproc', '--all')))
})

void t.test(
  'memory and swap are what free says; an old kernel does not tell what is available',
  async (t) => {
    const free = tool('free', '-b').split('\n')
    const { total, swap, used, available } = await readMemory()
    t.equal(total, numbers(free[1])[0])
    t.equal(swap.total, numbers(free[2])[0])
    t.equal(used, total - available)
    t.equal(parseMemory(['MemTotal: 10 kB', 'MemFree: 4 kB']).available, 4096)
  },
)

void t.test('disks and interfaces count upwards, and a rate is what they gained', async (t) => {
  const [before, ours, after] = [
    parseDisks(linesAt('/proc/diskstats')),
    await readDisks(),
    parseDisks(linesAt('/proc/diskstats')),
  ]
  for (const [name, { read, written }] of ours) {
    t.ok((before.get(name)?.read ?? 0) <= read && read <= (after.get(name)?.read ?? 0), `${name} read`)
    t.ok((before.get(name)?.written ?? 0) <= written && written <= (after.get(name)?.written ?? 0), name)
  }
  const [then, net, now] = [
    parseInterfaces(linesAt('/proc/net/dev')),
    await readInterfaces(),
    parseInterfaces(linesAt('/proc/net/dev')),
  ]
  t.notOk(net.has('lo'))
  for (const [name, { received }] of net)
    t.ok((then.get(name)?.received ?? 0) <= received && received <= (now.get(name)?.received ?? 0), name)
  t.strictSame(
    parseDisks(['   8 0 sda 1 0 2 0 3 0 4 0 0 5 6', ' 7 0 loop0 0 0 0 0 0 0 0 0 0 0 0']),
    new Map([['sda', { read: 1024, written: 2048, busy: 5 }]]),
  )
  t.strictSame(
    parseInterfaces(['Inter-| Receive', ' eth0:1:7 1 2 3 0 0 0 0 9 1 4 5 0 0 0 0']),
    new Map([['eth0:1', { received: 7, sent: 9, faults: 14 }]]),
  )
  t.strictSame(
    [rate(100, 200, 500), rate(undefined, 200, 500), rate(200, 100, 500), rate(0, 1, 0)],
    [200, 0, 0, 0],
  )
})

void t.test(
  'mounts: each device once under its shortest path, covered ones not, names as bytes',
  async (t) => {
    const mounts = parseMounts(
      [
        '22 1 254:0 / / rw - ext4 /dev/vda rw',
        '23 22 254:0 /srv /srv/bind rw shared:1 - ext4 /dev/vda rw',
        '24 22 0:30 / /mnt/a\\040b\\011\\134 rw - tmpfs none rw',
        '25 24 0:31 / /cov rw - tmpfs one rw',
        '26 25 0:32 / /cov rw - tmpfs two rw',
        '27 22 0:33 / /net rw - autofs x rw',
        '28 22 0:34 / /\u00ff rw - tmpfs raw rw',
      ].join('\n'),
    )
    t.strictSame(
      mounts.map(({ path, device }) => [path.toString('latin1'), device]),
      [
        ['/', '/dev/vda'],
        ['/mnt/a b\t\\', 'none'],
        ['/cov', 'two'],
        ['/\u00ff', 'raw'],
      ],
    )
  },
)

void t.test('a process may have any name, and any of them is read whole', async (t) => {
  const stat = '7 (a) b) (\u001b) R 1 7 7 0 -1 0 0 0 0 0 3 4 0 0 20 0 5 0 999 1000 42 0'
  t.match(parseProcess(stat), {
    pid: 7,
    name: 'a) b) (\u001b',
    state: 'R',
    ppid: 1,
    ticks: 7,
    threads: 5,
    start: 999,
    pages: 42,
  })
  t.equal(parseProcess(''), undefined)
  t.equal(readProcess(2 ** 22 + 1), undefined, 'gone')
  const folder = t.testdir()
  const bad = Buffer.concat([Buffer.from(join(folder, 'x')), Buffer.from([0xff, 0xc3, 0x28])])
  symlinkSync('/bin/sleep', bad)
  const child = spawn('sh', ['-c', `exec "$(printf '${folder}/x\\377\\303(')" 1000`])
  t.teardown(() => child.kill('SIGKILL'))
  await until(() => readProcess(child.pid ?? 0)?.name === 'x\ufffd\ufffd(', 'its name')
})

void t.test(
  'processes are what ps says, a thousand of them, and those that end meanwhile do no harm',
  async (t) => {
    const many = spawn('sh', ['-c', 'for i in $(seq 1000); do sleep 1000 & done; echo all; wait'], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const end = () => process.kill(-(many.pid ?? 0), 'SIGKILL')
    t.teardown(() => void (many.exitCode ?? many.signalCode ?? end()))
    await new Promise((resolve) => many.stdout.once('data', resolve))
    // A child is a shell until it has begun its program.
    const names = () => tool('ps', '--ppid', String(many.pid), '-o', 'comm=').split('\n')
    await until(() => names().every((name) => name === 'sleep'), 'all of them sleep')
    const before = ps()
    const ours = new Map((await readProcesses()).map((one) => [one.pid, one]))
    const after = ps()
    const lasting = [...before].filter(([pid]) => after.has(pid))
    t.ok(lasting.length > 1000)
    t.strictSame(
      lasting.filter(([pid]) => !ours.has(pid)),
      [],
    )
    const own = [...ours.values()].filter(({ ppid }) => ppid === many.pid)
    t.equal(own.length, 1000)
    t.ok(
      own.every(
        ({ name, threads, pages, start }) => name === 'sleep' && threads === 1 && pages > 0 && start > 0,
      ),
    )
    const listing = readProcesses()
    end()
    t.ok((await listing).every(({ pid }) => pid > 0))
    await until(async () => (await readProcesses()).every(({ ppid }) => ppid !== many.pid), 'they are gone')
  },
)

void t.test('sockets are found with their processes, on both protocols and both families', async (t) => {
  const servers = ['127.0.0.1', '::1'].map((host) => createServer().listen(0, host))
  t.teardown(() => servers.forEach((server) => server.close()))
  await until(() => servers.every(({ listening }) => listening), 'they listen')
  const ports = servers.map((server) => {
    const address = server.address()
    return typeof address === 'object' ? (address?.port ?? 0) : 0
  })
  const found = (await readSockets()).filter(
    ({ local, state }) => state === 'LISTEN' && ports.includes(local.port),
  )
  t.strictSame(found.map(({ local }) => local.address).toSorted(), ['127.0.0.1', '::1'])
  const holders = await holdersOf(new Set(found.map(({ inode }) => inode)))
  t.strictSame([...holders.values()], [process.pid, process.pid])
  const lines = tool('ss', '-tlnH')
    .split('\n')
    .filter((line) => ports.some((port) => line.includes(`:${port} `)))
  t.equal(lines.length, 2, 'ss says the same')
  const [one] = parseSockets(
    [
      'head',
      '  1: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 4711 2 0 0',
    ],
    'udp',
  )
  t.strictSame(one, {
    protocol: 'udp',
    state: 'UNCONN',
    local: { address: '127.0.0.1', port: 53 },
    remote: { address: '0.0.0.0', port: 0 },
    uid: 101,
    inode: 4711,
  })
  t.ok(one && isListening(one))
  t.equal(six('0'.repeat(32)), '::')
  t.equal(six(`${'0'.repeat(31)}1`), '::1')
  t.equal(six('20010db8000000000000000000000001'), '2001:db8::1')
  t.equal(six('20010db8000000010000000000000000'), '2001:db8:0:1::')
  t.equal(six('00010000000000020000000000000003'), '1:0:0:2::3')
  t.equal(six('00000000000000000000ffff7f000001'), '::ffff:127.0.0.1')
})

void t.test(
  'the kernel says its own constants; users have names; text is cut between characters',
  async (t) => {
    t.strictSame(constants(), {
      page: Number(tool('getconf', 'PAGESIZE')),
      hertz: Number(tool('getconf', 'CLK_TCK')),
    })
    t.strictSame(parseAuxiliary(Buffer.alloc(0)), { page: 4096, hertz: 100 })
    t.strictSame(parseUsers(['root:x:0:0::/:/bin/sh', 'toor:x:0:0::/:', '+::', '']), new Map([[0, 'root']]))
    t.strictSame([cut('a\0b', 9), cut('ééé', 5), cut('x'.repeat(9), 3)], ['a b', 'éé', 'xxx'])
  },
)
