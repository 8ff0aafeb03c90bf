// What a subcommand is given: its flags, its folder, its connection.
import { RconsoleError, toRconsoleError } from '../protocol/errors.ts'
import { parseRelayUrl, type RelayUrl } from '../protocol/relay-url.ts'
import { keepSigned } from './accept.ts'
import { Client } from './client.ts'
import { ConsoleHome, defaultHome } from './home.ts'
import { AskedFile } from './asked.ts'
import { askSecret, type Io, say } from './io.ts'
import type { KeyKind } from './keyfile.ts'
import type { Machine } from './machine.ts'
import { meaningsOf } from './meanings.ts'
import { RunBook } from './run-book.ts'
import type { Settings } from './settings.ts'
import { queryFor, select, selectOne } from './targets.ts'
import { mustBeNamed, type Who, whoByHome, whoByToken } from './who.ts'
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
  /** An operator token: then there is no folder, and nothing is written. */
  readonly #token: string | undefined
  #who: Promise<Who> | undefined
  #witness: Witness | undefined

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

  /** What need not be said each time: nothing with an operator token. @throws HOME */
  get settings(): Settings {
    return this.#token === undefined ? this.home.settings : {}
  }

  /** The runs that this console remembers. */
  get runBook(): RunBook {
    return new RunBook(this.folder)
  }

  /** Where this console keeps what it remembers: nowhere with an operator token. */
  get folder(): string | undefined {
    return this.#token === undefined ? this.home.folder : undefined
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

  /** What this console has seen of histories. @throws HOME */
  get witness(): Witness {
    this.#witness ??= new Witness(this.#folder, this.relay().url, (line) => this.#warn(line))
    return this.#witness
  }

  get journal(): AskedFile {
    return new AskedFile(this.#folder, ({ message }) => this.#warn(message))
  }

  /** With an operator token there is none. */
  get #folder(): string | undefined {
    return this.#token === undefined ? this.home.folder : undefined
  }

  /** Connect to the relay as this console's operator. @throws HOME, RELAY_UNREACHABLE, … */
  async connect(): Promise<Client> {
    const who = await this.signatory()
    const { witness, journal } = this
    try {
      return await Client.connect(
        { ...who, witness, journal, ...(this.#token === undefined ? { pins: this.home.pins() } : {}) },
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
    const shown = await this.machines(client, words)
    const machines = shown.filter(({ standing }) => standing !== 'forgotten')
    return words.length === 0 ? machines : select(words, machines, meaningsOf(this.folder))
  }

  #warn(line: string): void {
    if (this.isWarning) say(this.io, `rconsole: ${line}`)
  }
}
