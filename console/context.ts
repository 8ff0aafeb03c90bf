// What a subcommand is given: its flags, its folder, its connection.
import { RconsoleError, toRconsoleError } from '../protocol/errors.ts'
import { parseRelayUrl, type RelayUrl } from '../protocol/relay-url.ts'
import { keepSigned } from './accept.ts'
import { Client } from './client.ts'
import { ConsoleHome, defaultHome } from './home.ts'
import { askSecret, type Io } from './io.ts'
import type { KeyKind } from './keyfile.ts'
import type { Machine } from './machine.ts'
import { queryFor, select, selectOne } from './targets.ts'
import { mustBeNamed, type Who, whoByHome, whoByToken } from './who.ts'

/** Flags that every subcommand takes. */
export interface GlobalFlags {
  readonly home?: string
  readonly relay?: string
}

export class Context {
  readonly io: Io
  readonly #flags: GlobalFlags
  /** An operator token: then there is no folder, and nothing is written. */
  readonly #token: string | undefined
  #who: Promise<Who> | undefined

  constructor(io: Io, flags: GlobalFlags) {
    this.io = io
    this.#flags = flags
    this.#token = io.env['RCONSOLE_KEY']
    // Whatever this process starts has no business with it.
    delete io.env['RCONSOLE_KEY']
  }

  get home(): ConsoleHome {
    return new ConsoleHome(this.#flags.home ?? this.io.env['RCONSOLE_HOME'] ?? defaultHome(this.io.env))
  }

  /** The relay to dial: told now, or remembered. @throws USAGE, RELAY_URL, OTHER_FLEET */
  relay(): RelayUrl {
    const relay = this.relayIfKnown()
    if (relay === undefined)
      throw new RconsoleError('USAGE', '--relay: expected the URL of a relay (none is remembered yet)')
    return relay
  }

  /** @throws RELAY_URL, OTHER_FLEET */
  relayIfKnown(): RelayUrl | undefined {
    const told = this.relayTold()
    if (this.#token !== undefined) return told
    const { home } = this
    const remembered = home.relay
    const relay = told ?? (remembered === undefined ? undefined : parseRelayUrl(remembered))
    if (relay?.pin === undefined || relay.pin === home.pin) return relay
    throw new RconsoleError(
      'OTHER_FLEET',
      `this console belongs to fleet ${home.pin}, the URL names ${relay.pin}`,
    )
  }

  /** What was said on the command line or in the environment. @throws RELAY_URL */
  relayTold(): RelayUrl | undefined {
    const told = this.#flags.relay ?? this.io.env['RCONSOLE_RELAY']
    // Unset variables of pipelines often arrive empty.
    return told === undefined || told === '' ? undefined : parseRelayUrl(told)
  }

  /** Dial this relay from now on, unless told otherwise. */
  rememberRelay(url: string): void {
    if (this.#token === undefined) this.home.rememberRelay(url)
  }

  /** The passphrase of a sealed key: from the environment, or asked for. @throws USAGE */
  async passphrase(kind: KeyKind): Promise<string> {
    const given = this.io.env['RCONSOLE_PASSPHRASE']
    if (given !== undefined) return given
    return await askSecret(this.io, `passphrase of the ${kind}’s key`, 'set RCONSOLE_PASSPHRASE')
  }

  /** Connect to the relay as this console's operator. @throws HOME, RELAY_UNREACHABLE, … */
  async connect(): Promise<Client> {
    const who = await this.signatory()
    try {
      return await Client.connect(
        { ...who, ...(this.#token === undefined ? { pins: this.home.pins() } : {}) },
        this.io.signal,
      )
    } catch (error) {
      if (this.#token === undefined && toRconsoleError(error).code === 'UNKNOWN_OPERATOR')
        await mustBeNamed(this.home, who)
      throw error
    }
  }

  /** This console's operator, fleet and relay. @throws HOME, USAGE, TOKEN, UNKNOWN_OPERATOR */
  async signatory(): Promise<Who> {
    this.#who ??=
      this.#token === undefined
        ? whoByHome(this.home, {
            passphrase: () => this.passphrase('operator'),
            relay: () => this.relay(),
          })
        : whoByToken(this.#token, this.relay())
    return await this.#who
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
}
