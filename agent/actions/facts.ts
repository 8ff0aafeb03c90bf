// Serves action `facts`: only the parts asked for, each from the cheapest source that is true.
import { readFile } from 'node:fs/promises'
import { arch, cpus, hostname, loadavg, machine, networkInterfaces, release, uptime } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { ResultOf } from '../../protocol/actions/index.ts'
import { answer } from '../answer.ts'
import { distribution } from '../host.ts'

/** Between the two readings that give the use of the processor (ms): 25 ticks of the kernel's clock for each core. */
const USE_MS = 250

type Facts = ResultOf<'facts'>
type Fact<Name extends keyof Facts> = NonNullable<Facts[Name]>

export const facts = answer<'facts'>(async ({ parts }, { signal }) => {
  const asked = new Set(parts)
  const [os, cpu, ram] = await Promise.all([
    asked.has('os') ? system() : undefined,
    asked.has('cpu') ? processor(signal) : undefined,
    asked.has('ram') ? memory() : undefined,
  ])
  return {
    ...(asked.has('name') && { name: hostname() }),
    ...(os && { os }),
    ...(cpu && { cpu }),
    ...(ram && { ram }),
    ...(asked.has('ip') && { ip: addresses() }),
  }
})

async function system(): Promise<Fact<'os'>> {
  const { product, version } = distribution() ?? (await otherSystem())
  return { product, version, kernel: release(), arch: machine() || arch(), uptime: uptime() }
}

/** systeminformation starts programs to find out: 30 ms where /etc/os-release takes 0.1. */
async function otherSystem() {
  const { osInfo } = await import('systeminformation')
  const { distro, release } = await osInfo()
  return { product: short(distro), version: short(release) }
}

async function processor(signal: AbortSignal): Promise<Fact<'cpu'>> {
  const before = await ticks()
  // What ended the wait, not the AbortError around it.
  await delay(USE_MS, undefined, { signal }).catch(() => signal.throwIfAborted())
  const after = await ticks()
  const all = after.all - before.all
  const use = all > 0 ? 100 * (1 - (after.idle - before.idle) / all) : 0
  const load = process.platform === 'win32' ? [] : loadavg()
  return {
    model: await model(),
    cores: cpus().length,
    load,
    use: Math.round(Math.min(100, Math.max(0, use))),
  }
}

/** Ticks of all cores since the start. Waiting for a disk is idle, which only /proc/stat tells. Source: proc(5). */
async function ticks(): Promise<{ idle: number; all: number }> {
  if (process.platform === 'linux') {
    const [first = ''] = (await readFile('/proc/stat', 'latin1')).split('\n', 1)
    // Guests are counted in user and nice already.
    const fields = first.trim().split(/\s+/).slice(1, 9).map(Number)
    return { idle: (fields[3] ?? 0) + (fields[4] ?? 0), all: sum(fields) }
  }
  const times = cpus().map((core) => core.times)
  return { idle: sum(times.map(({ idle }) => idle)), all: sum(times.flatMap((one) => Object.values(one))) }
}

/** Node knows no model on most ARM machines. */
async function model(): Promise<string> {
  const known = cpus()[0]?.model.trim()
  if (known && known !== 'unknown') return short(known)
  const { cpu } = await import('systeminformation')
  const { manufacturer, brand } = await cpu()
  return short(`${manufacturer} ${brand}`.trim() || 'unknown')
}

async function memory(): Promise<Fact<'ram'>> {
  const { total, free, available } = process.platform === 'linux' ? await meminfo() : await otherMemory()
  return { total, used: total - available, free, available }
}

/** Source: proc(5); its kB are KiB. */
async function meminfo() {
  const text = await readFile('/proc/meminfo', 'latin1')
  const value = (name: string) => 1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1])
  return { total: value('MemTotal'), free: value('MemFree'), available: value('MemAvailable') }
}

async function otherMemory() {
  const { mem } = await import('systeminformation')
  return await mem()
}

function addresses(): Fact<'ip'> {
  return Object.entries(networkInterfaces()).flatMap(([name, all]) =>
    (all ?? [])
      .filter(({ internal }) => !internal)
      .map(({ address, family }) => ({ interface: name, address, family: family === 'IPv4' ? 4 : 6 })),
  )
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)

/** The schema allows 256 bytes. */
const short = (text: string) => text.slice(0, 64)
