// What a subcommand is given: its flags, its folder, its connection.
import { RconsoleError } from '../protocol/errors.ts'
import { parseRelayUrl, type RelayUrl } from '../protocol/relay-url.ts'
import { keepSigned, type Signatory } from './accept.ts'
import { Client } from './client.ts'
import { ConsoleHome, defaultHome } from './home.ts'
import { AskedFile } from './asked.ts'
import { askSecret, type Io, say } from './io.ts'
import type { Machine } from './machine.ts'
import { queryFor, select, selectOne } from './targets.ts'
import { Witness } from './witness.ts'

/** Flags that every subcommand takes. */
export interface GlobalFlags {
  readonly home?: string
  readonly relay?: string
}

export class Context {
  readonly io: Io
  /** False for the command that says the same in its own words. */
  isWarning = true
  readonly #flags: GlobalFlags
  #signatory: Promise<Signatory> | undefined
  #witness: Witness | undefined

  constructor(io: Io, flags: GlobalFlags) {
    this.io = io
    this.#flags = flags
  }

  get home(): ConsoleHome {
    return new ConsoleHome(this.#flags.home ?? this.io.env['RCONSOLE_HOME'] ?? defaultHome(this.io.env))
  }

  /** The relay to dial: told now, or remembered. @throws USAGE, RELAY_URL, OTHER_FLEET */
  relay(): RelayUrl {
    const { home } = this
    const told = this.#flags.relay ?? this.io.env['RCONSOLE_RELAY'] ?? home.relay
    if (told === undefined)
      throw new RconsoleError('USAGE', '--relay: expected the URL of a relay (none is remembered yet)')
    const relay = parseRelayUrl(told)
    if (relay.pin === undefined || relay.pin === home.pin) return relay
    throw new RconsoleError(
      'OTHER_FLEET',
      `this console belongs to fleet ${home.pin}, the URL names ${relay.pin}`,
    )
  }

  /** The passphrase of a sealed key: from the environment, or asked for. @throws USAGE */
  async passphrase(): Promise<string> {
    const given = this.io.env['RCONSOLE_PASSPHRASE']
    if (given !== undefined) return given
    return await askSecret(this.io, 'passphrase', 'set RCONSOLE_PASSPHRASE')
  }

  /** What this console has seen of histories. @throws HOME */
  get witness(): Witness {
    this.#witness ??= new Witness(this.home.folder, this.relay().url, (line) => this.#warn(line))
    return this.#witness
  }

  get journal(): AskedFile {
    return new AskedFile(this.home.folder, ({ message }) => this.#warn(message))
  }

  /** Connect to the relay as this console's operator. @throws HOME, RELAY_UNREACHABLE, … */
  async connect(): Promise<Client> {
    const signatory = await this.signatory()
    const { witness, journal } = this
    return await Client.connect({ ...signatory, witness, journal, pins: this.home.pins() }, this.io.signal)
  }

  /** This console's operator, fleet and relay. @throws HOME, USAGE */
  async signatory(): Promise<Signatory> {
    this.#signatory ??= this.#load()
    return await this.#signatory
  }

  /** Do `work` with a connection, and close it. */
  async withClient<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = await this.connect()
    try {
      return await work(client)
    } finally {
      await client.close()
    }
  }

  /** Do `work` on the one machine that `word` means. @throws NOT_FOUND, AMBIGUOUS and what connecting throws */
  async withMachine<T>(word: string, work: (client: Client, machine: Machine) => Promise<T>): Promise<T> {
    return await this.withClient(async (client) =>
      work(client, selectOne(word, await this.machines(client, [word]))),
    )
  }

  /** The machines that the relay shows for `words`, verified; those an admin has yet to sign for are signed for. */
  async machines(client: Client, words: readonly string[]): Promise<Machine[]> {
    const query = queryFor(words, true)
    const machines = await client.find(query)
    const told = await keepSigned(await this.signatory(), machines)
    return told.length === 0 ? machines : await client.find(query)
  }

  /** The machines that `words` mean; all of them without words, for commands that only show. */
  async selected(client: Client, words: readonly string[]): Promise<Machine[]> {
    const machines = await this.machines(client, words)
    if (words.length > 0) return select(words, machines)
    return machines.filter(({ standing }) => standing !== 'forgotten')
  }

  #warn(line: string): void {
    if (this.isWarning) say(this.io, `rconsole: ${line}`)
  }

  async #load(): Promise<Signatory> {
    const { home } = this
    const fleet = home.loadFleet()
    const operator = await home.loadKey('operator', () => this.passphrase())
    return { relay: this.relay(), fleet, operator }
  }
}
