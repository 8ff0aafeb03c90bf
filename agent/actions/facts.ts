// Serves action `facts`: only the parts asked for, each from the cheapest source that is true.
import { arch, cpus, hostname, loadavg, machine, networkInterfaces, release, uptime } from 'node:os'
import type { ResultOf } from '../../protocol/actions/index.ts'
import { answer } from '../answer.ts'
import { distribution } from '../host.ts'
import { readProcessors, type Ticks } from '../proc/cpu.ts'
import { readMemory } from '../proc/memory.ts'
import { FIRST_MS, pause } from '../tick.ts'

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
  await pause(FIRST_MS, signal)
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

/** Ticks of all cores since the start. Waiting for a disk is idle, which only /proc/stat tells. */
async function ticks(): Promise<Pick<Ticks, 'idle' | 'all'>> {
  if (process.platform === 'linux') return (await readProcessors()).total
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
  const { total, free, available } = process.platform === 'linux' ? await readMemory() : await otherMemory()
  return { total, used: total - available, free, available }
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
