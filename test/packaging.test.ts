// What is shipped is what the code is: fly.toml, Dockerfile and package.json against the relay and the built programs.
import { existsSync, readFileSync } from 'node:fs'
import { parse } from 'smol-toml'
import t from 'tap'
import * as v from 'valibot'
import { DEFAULT_PORT, readConfig } from '../relay/config.ts'
import { SEALED } from './house.ts'
import { World } from './world.ts'

const flySchema = v.object({
  kill_signal: v.picklist(['SIGTERM', 'SIGINT']),
  kill_timeout: v.number(),
  build: v.object({ dockerfile: v.string() }),
  env: v.record(v.string(), v.string()),
  http_service: v.object({
    internal_port: v.number(),
    auto_stop_machines: v.string(),
    auto_start_machines: v.boolean(),
    checks: v.array(v.object({ method: v.string(), path: v.string() })),
  }),
  mounts: v.array(v.object({ destination: v.string() })),
})
const packageSchema = v.object({
  bin: v.record(v.string(), v.string()),
  files: v.array(v.string()),
  dependencies: v.record(v.string(), v.string()),
  devDependencies: v.record(v.string(), v.string()),
  optionalDependencies: v.record(v.string(), v.string()),
  bundleDependencies: v.array(v.string()),
  allowScripts: v.record(v.string(), v.boolean()),
})
const lockSchema = v.object({
  packages: v.record(v.string(), v.object({ hasInstallScript: v.optional(v.boolean()) })),
})

const text = (path: string): string => readFileSync(path, 'utf8')
const fly = v.parse(flySchema, parse(text('fly.toml')))
const pack = v.parse(packageSchema, JSON.parse(text('package.json')))
const docker = text('Dockerfile')

void t.test('fly.toml sends people to the port that the relay listens on', async (t) => {
  t.equal(fly.http_service.internal_port, DEFAULT_PORT)
  t.equal(fly.env['PORT'], String(DEFAULT_PORT))
  t.equal(fly.env['RELAY_HOST'], '0.0.0.0', 'loopback would not be reached')
  t.equal(fly.env['RELAY_DATA'], fly.mounts[0]?.destination, 'what it keeps is on the volume')
  t.equal(fly.build.dockerfile, 'Dockerfile')
})

void t.test('fly.toml never stops a relay that waits for its agents', async (t) => {
  t.equal(fly.http_service.auto_stop_machines, 'off')
  t.equal(fly.http_service.auto_start_machines, false)
})

void t.test('every variable of fly.toml and of the Dockerfile is one that the relay reads', async (t) => {
  const read = new Set([...text('relay/config.ts').matchAll(/env\['(\w+)'\]/g)].map(([, name]) => name))
  t.ok(read.has('RELAY_FLEET'), 'the names are found')
  for (const name of Object.keys(fly.env)) t.ok(read.has(name), name)
  const ours = [...docker.matchAll(/(RELAY_\w+)=/g)].map(([, name = '']) => name)
  t.strictSame(ours, ['RELAY_DATA', 'RELAY_HOST'])
  for (const name of ours) t.ok(read.has(name), name)
})

void t.test('the fleet in fly.toml is refused until someone puts their own there', async (t) => {
  t.throws(() => readConfig([], { ...fly.env, RELAY_DATA: t.testdir() }), {
    code: 'USAGE',
    message: /--fleet/,
  })
})

void t.test(
  'a real relay answers the health check, and stops well within the time that Fly gives it',
  async (t) => {
    const world = new World(t)
    await world.init()
    await world.startRelay()
    await world.startAgent('web-1', await world.token())
    for (const { method, path } of fly.http_service.checks) {
      const { status } = await fetch(new URL(path, world.url), { method })
      t.equal(status, 200, `${method} ${path}`)
    }
    const start = performance.now()
    const answer = await world.relay?.stop(fly.kill_signal)
    const took = (performance.now() - start) / 1000
    t.equal(answer?.status, 0)
    t.ok(took * 3 < fly.kill_timeout, `drained in ${took.toFixed(1)} s of ${fly.kill_timeout} s`)
  },
)

void t.test('the Dockerfile copies what exists and starts what is built', async (t) => {
  const copies = [...docker.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, from = '']) =>
    from.split(' '),
  )
  t.ok(copies.length >= 8)
  const ignore = text('.dockerignore')
  for (const path of copies) {
    t.ok(existsSync(path), `${path} exists`)
    t.match(ignore, `!${path}\n`, `${path} is sent to the build`)
  }
  const command = v.parse(v.array(v.string()), JSON.parse(/^CMD (.+)$/m.exec(docker)?.[1] ?? ''))
  t.equal(command[0], 'node')
  t.ok(existsSync(command.at(-1) ?? ''), `${command.at(-1)} is built`)
  t.equal(command.at(-1), pack.bin['rrelay'])
  t.match(docker, `EXPOSE ${DEFAULT_PORT}\n`)
  for (const [, image = ''] of docker.matchAll(/^FROM (\S+)/gm)) t.match(image, /^node:24-\w+-slim$/)
})

void t.test('the three programs are built, each into one file, and start with node', async (t) => {
  t.strictSame(Object.keys(pack.bin), ['rconsole', 'ragent', 'rrelay'])
  const installed = { ...pack.dependencies, ...pack.optionalDependencies }
  for (const path of Object.values(pack.bin)) {
    t.match(text(path), /^#!\/usr\/bin\/env node\n/, path)
    const outside = [...text(path).matchAll(/^import .*from "([^"]+)";$/gm)].map(([, from = '']) => from)
    const isThere = (from: string): boolean => /^node:|^\.\/chunk-/.test(from) || from in installed
    t.strictSame(
      outside.filter((from) => !isThere(from)),
      [],
      `${path} has the rest inside`,
    )
  }
})

void t.test('the relay’s program holds nothing that seals, opens or acts', async (t) => {
  const inside = [...text('dist/relay/main.js').matchAll(/^\/\/ (protocol\/\S+)$/gm)].map(
    ([, path = '']) => path,
  )
  t.ok(inside.includes('protocol/membership.ts'), 'its parts are named')
  t.notOk(inside.find((path) => SEALED.test(path)))
})

void t.test('the package holds the programs, the documents and the licences of what is inside', async (t) => {
  t.strictSame(pack.files, [
    'dist/*/main.js',
    'dist/*/chunk-*.js',
    '!dist/bench',
    '!dist/test',
    'dist/third-party.txt',
    'docs',
    'man',
  ])
  t.match(text('dist/third-party.txt'), /^socket\.io-client 4\.\S+ \(MIT\)\n\n.*Copyright/ms)
})

void t.test(
  'nothing that is installed runs a script, but for bufferutil, which is bundled and told not to',
  async (t) => {
    const { packages } = v.parse(lockSchema, JSON.parse(text('package-lock.json')))
    const scripted = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript === true)
    t.strictSame(
      scripted.map(([path]) => path),
      ['node_modules/bufferutil'],
    )
    t.ok(pack.bundleDependencies.includes('bufferutil'))
    t.ok(pack.bundleDependencies.includes('node-gyp-build'), 'which finds the binary of bufferutil')
    t.strictSame(pack.allowScripts, { bufferutil: false })
    const versions = Object.values({
      ...pack.dependencies,
      ...pack.devDependencies,
      ...pack.optionalDependencies,
    })
    t.notOk(
      versions.find((version) => !/^\d+\.\d+\.\d+$/.test(version)),
      'every version is exact',
    )
  },
)
