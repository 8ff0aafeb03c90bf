// The console's folder: keys, the newest fleet document, and which relay to dial.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { RconsoleError } from '../protocol/errors.ts'
import { makePrivateFolder, readPrivate, userFolder, writePrivate } from '../protocol/files.ts'
import { type Fleet, isNewer, versionOf } from '../protocol/fleet.ts'
import { loadFleet } from '../protocol/fleet-file.ts'
import type { Identity } from '../protocol/keys.ts'
import { type KeyKind, packKey, unpackKey } from './keyfile.ts'
import { Pins } from './pins.ts'
import { type Settings, settingsEntries } from './settings.ts'

const configSchema = v.strictObject({
  fleet: v.string(),
  ...settingsEntries,
  /** What `login` calls its operator, until the document does. */
  name: v.optional(v.string()),
  /** The newest document that a relay had when the one here was signed and could not be published. */
  base: v.optional(v.string()),
})
type Config = v.InferOutput<typeof configSchema>

/** XDG Base Directory. */
export function defaultHome(env: NodeJS.ProcessEnv): string {
  return join(env['XDG_CONFIG_HOME'] ?? join(userFolder(), '.config'), 'rconsole')
}

export class ConsoleHome {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  /** Whether `init` or `login` has been run here. */
  get exists(): boolean {
    return existsSync(join(this.folder, 'config.json'))
  }

  /** @throws HOME when the folder cannot be used or is open to others */
  make(): void {
    makePrivateFolder(this.folder)
  }

  /** The fleet's id: the pin that everything else is checked against. @throws HOME */
  get pin(): string {
    return this.#config().fleet
  }

  get relay(): string | undefined {
    return this.#config().relay
  }

  /** What a person need not say each time. @throws HOME */
  get settings(): Settings {
    return this.#config()
  }

  get configPath(): string {
    return this.#path('config.json')
  }

  /** Set some, and forget those that are undefined. @throws HOME */
  change(settings: Settings): void {
    const config = { ...this.#config(), ...settings }
    this.saveConfig(config)
  }

  /** What `login` was told to call this operator. */
  get name(): string | undefined {
    return this.#config().name
  }

  /** The hash of the published document on which the unpublished one here rests; undefined when there is none such. */
  get base(): string | undefined {
    return this.#config().base
  }

  set base(hash: string | undefined) {
    const { base: _before, ...rest } = this.#config()
    this.saveConfig(hash === undefined ? rest : { ...rest, base: hash })
  }

  saveConfig(config: Config): void {
    writePrivate(this.#path('config.json'), `${JSON.stringify(config)}\n`)
  }

  /** Dial this relay from now on, unless told otherwise. */
  rememberRelay(relay: string): void {
    const config = this.#config()
    if (config.relay === undefined) this.saveConfig({ ...config, relay })
  }

  /** What consoles of this home have seen. @throws HOME when the file is damaged */
  pins(): Pins {
    return new Pins(this.#path('seen.json'))
  }

  /** The document kept here; none yet after a `login` that reached no relay. @throws HOME when it is damaged */
  heldFleet(): Fleet | undefined {
    return loadFleet(this.#path('fleet.jws'), this.pin)
  }

  /** @throws HOME when there is no document, or a damaged one */
  loadFleet(): Fleet {
    const fleet = this.heldFleet()
    if (fleet !== undefined) return fleet
    throw new RconsoleError('HOME', `${this.folder} holds no fleet document: restore it from a backup`)
  }

  saveFleet(fleet: Fleet): void {
    writePrivate(this.#path('fleet.jws'), fleet.jws)
  }

  /** Keep a document that was learned, unless another console of this folder has kept a newer one meanwhile. */
  keepFleet(fleet: Fleet): void {
    const held = this.heldFleet()
    if (held === undefined || isNewer(versionOf(fleet), versionOf(held))) this.saveFleet(fleet)
  }

  saveKey(kind: KeyKind, id: Identity, passphrase: string | undefined): void {
    writePrivate(this.#path(`${kind}.key`), packKey(kind, id, passphrase))
  }

  /** @throws HOME when the key is not here, open to others, damaged, or the passphrase is wrong */
  async loadKey(kind: KeyKind, passphrase: () => Promise<string>): Promise<Identity> {
    const path = this.#path(`${kind}.key`)
    const text = readPrivate(path)
    if (text === undefined)
      throw new RconsoleError('HOME', `${path} is not there: this console has no ${kind} key`)
    return await unpackKey(path, kind, text, passphrase)
  }

  #config(): Config {
    const path = this.#path('config.json')
    makePrivateFolder(this.folder)
    const text = readPrivate(path)
    if (text === undefined) {
      throw new RconsoleError(
        'HOME',
        `${this.folder} belongs to no fleet yet: run \`rconsole init\` for a new one`,
      )
    }
    const parsed = v.safeParse(configSchema, parseJson(path, text))
    if (parsed.success) return parsed.output
    throw new RconsoleError('HOME', `${path}: ${explain(parsed.issues[0])}`)
  }

  #path(name: string): string {
    return join(this.folder, name)
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new RconsoleError('HOME', `${path} is damaged: restore it from a backup`, { cause })
  }
}

/** People write in it, too. */
function explain(issue: v.BaseIssue<unknown>): string {
  const key = v.getDotPath(issue) ?? 'the whole'
  if (issue.type === 'strict_object' && issue.expected === 'never')
    return `expected ${Object.keys(configSchema.entries).join(', ')}, got ${JSON.stringify(key)}`
  if (issue.type === 'raw_check') return issue.message
  return `${key}: expected ${issue.expected ?? issue.message}, got ${issue.received}`
}
