// A relay in the hands of an attacker: the real registry, roster and router, and at each event a decision drawn from a seed.
import { randomBytes } from 'node:crypto'
import { createServer, type Server as HttpServer } from 'node:http'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { Server, type Socket } from 'socket.io'
import { toBase64url } from '../../protocol/bytes.ts'
import { isEnvelope, PROTOCOL } from '../../protocol/envelope.ts'
import { idOf } from '../../protocol/keys.ts'
import { PACKET_BYTES } from '../../protocol/limits.ts'
import { readPresence } from '../../protocol/presence.ts'
import { rosterQuerySchema } from '../../protocol/roster.ts'
import { parse } from 'valibot'
import { admit } from '../../relay/admission.ts'
import { httpApp } from '../../relay/http.ts'
import { Journal } from '../../relay/journal.ts'
import { Registry } from '../../relay/registry.ts'
import { Roster, seenSchema } from '../../relay/roster.ts'
import { type Peer, Router } from '../../relay/router.ts'
import { Dice } from './dice.ts'
import { Archive, ATTACKS, type Envelope, type Hands, LOSING, TRICKS } from './envelopes.ts'
import { hostile, LIES, lyingPage, type Mouth } from './lies.ts'

export interface ChaosOptions {
  readonly fleet: string
  readonly folder: string
  readonly seed: string
  /** A line for a shell that no operator asks for. */
  readonly evil: string
  /** Throw clients off soon after something was lost, which wakes them sooner than the 20 s that they would wait (ms). */
  readonly patience: number
}

export class ChaosRelay {
  readonly #options: ChaosOptions
  readonly #registry: Registry
  readonly #router: Router
  readonly #roster: Roster
  readonly #http: HttpServer
  readonly #io: Server
  readonly #sockets = new Map<Peer, Socket>()
  /** What each client is called in the labels of the dice: it does not depend on which connection it is. */
  readonly #names = new Map<Peer, string>()
  readonly #events = new Map<string, number>()
  readonly #presences = new Map<string, string>()
  readonly #past: string[] = []
  readonly #archive = new Archive()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #hands: Hands
  readonly #mouth: Mouth
  #consoles = 0
  #isHostile = false
  #rate = 0
  /** How often it did what. */
  readonly deeds = new Map<string, number>()
  /** Everything that it was ever sent. */
  readonly heard: Buffer[] = []
  url = ''

  private constructor(options: ChaosOptions) {
    this.#options = options
    const { fleet, folder, patience, evil } = options
    this.#registry = new Registry(fleet, folder)
    this.#router = new Router((address) => this.#roster.lastSeen(address))
    const seen = new Journal(join(folder, 'seen.jsonl'), seenSchema)
    this.#roster = new Roster(this.#registry, this.#router, seen, (error) => {
      throw error
    })
    const app = httpApp({
      registry: this.#registry,
      isOpen: () => true,
      onFleet: () => this.#tellFleet(),
      onMachine: (id) => this.#roster.changed(id),
    })
    this.#http = createServer(getRequestListener(app.fetch))
    this.#io = new Server(this.#http, {
      transports: ['websocket'],
      serveClient: false,
      maxHttpBufferSize: PACKET_BYTES,
    })
    this.#io.on('connection', (socket: Socket) => this.#greet(socket))
    const peers = (): readonly Peer[] => this.#router.peers()
    const cut = (peer: Peer): void => {
      this.#sockets.get(peer)?.conn.close()
    }
    this.#hands = {
      fleet,
      evil,
      peers,
      cut,
      presences: this.#presences,
      operatorKey: () => this.#registry.fleet?.body.operators[0]?.key,
      hand: ({ from, to, body }) => this.#router.route(from, to, body),
      later: (ms, action) => this.#later(ms, action),
    }
    this.#mouth = {
      peers,
      cut,
      patience,
      past: this.#past,
      say: (peer, event, ...args) => void this.#sockets.get(peer)?.emit(event, ...args),
      raw: (peer, packet) => void this.#sockets.get(peer)?.conn.write(packet),
    }
  }

  static async start(options: ChaosOptions): Promise<ChaosRelay> {
    const relay = new ChaosRelay(options)
    await new Promise<void>((resolve) => {
      relay.#http.listen(0, '127.0.0.1', resolve)
    })
    const address = relay.#http.address()
    if (typeof address !== 'object' || address === null) throw new Error('not listening')
    relay.url = `http://127.0.0.1:${address.port}`
    return relay
  }

  /** From now on, at `rate` of all events, do something else. */
  unleash(rate: number): void {
    this.#isHostile = true
    this.#rate = rate
  }

  /** Be an honest relay again, so that everyone can find out how things went. */
  calm(): void {
    this.#isHostile = false
  }

  /** Throw everyone off. */
  cutAll(): void {
    for (const peer of this.#router.peers()) this.#hands.cut(peer)
  }

  /** Whether so many agents can be talked with. */
  hasAgents(count: number): boolean {
    const here = this.#router.peers().filter(({ as }) => as === 'agent')
    return new Set(here.map(({ address }) => address)).size >= count
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#roster.close()
    await this.#io.close()
    this.#http.closeAllConnections()
  }

  #greet(socket: Socket): void {
    const nonce = toBase64url(randomBytes(32))
    socket.emit('challenge', { proto: PROTOCOL, nonce }, (auth: unknown) => {
      try {
        const host = socket.handshake.headers.host ?? ''
        const who = admit(this.#registry, {
          auth: String(auth),
          nonce,
          host,
          now: Math.floor(Date.now() / 1000),
        })
        this.#admitted(socket, who.as, who.key)
      } catch (error) {
        socket.emit('refused', { code: 'REFUSED', message: String(error) })
        socket.disconnect(true)
      }
    })
  }

  #admitted(socket: Socket, as: Peer['as'], key: string): void {
    const address = as === 'agent' ? idOf(key) : toBase64url(randomBytes(15))
    const name = as === 'agent' ? (this.#registry.name(address) ?? address) : `console-${this.#consoles++}`
    const peer: Peer = {
      address,
      as,
      key,
      emit: (event, ...args) => {
        if (event === 'envelope' || !this.#isToLie(peer, `to ${event}`)) socket.emit(event, ...args)
      },
      waiting: () => 0,
      close: () => socket.disconnect(true),
    }
    this.#sockets.set(peer, socket)
    this.#names.set(peer, name)
    this.#router.attach(peer)
    socket.once('disconnect', () => {
      this.#router.detach(peer)
      this.#roster.left(peer, Date.now())
      this.#sockets.delete(peer)
      this.#names.delete(peer)
    })
    socket.on('envelope', (to: unknown, body: unknown) => {
      if (typeof to === 'string' && isEnvelope(to, body)) this.#envelope({ from: peer, to, body })
    })
    socket.on('echo', (answer: () => void) => answer())
    socket.on('presence', (jws: string, answer: () => void) => this.#presence(peer, jws, answer))
    socket.on('roster', (query: unknown, answer: (page: unknown) => void) => this.#page(peer, query, answer))
    socket.emit('welcome', { address })
    if (this.#registry.fleet !== undefined) peer.emit('fleet', this.#registry.fleet.jws)
    const machine = as === 'agent' ? this.#registry.standing(address)?.machine : undefined
    if (machine !== undefined) peer.emit('machine', machine)
  }

  #envelope(envelope: Envelope): void {
    this.heard.push(envelope.body)
    const { from } = envelope
    const dice = this.#dice(from, 'envelope')
    if (dice === undefined) {
      this.#hands.hand(envelope)
    } else if (dice.chance(0.2)) {
      this.#hands.hand(envelope)
      this.#lie(from, dice)
    } else {
      const trick = dice.one(dice.chance(0.5) ? ATTACKS : Object.keys(TRICKS)) ?? ''
      this.#did(trick)
      TRICKS[trick]?.(envelope, dice, this.#hands, this.#archive)
      const { patience } = this.#options
      if (LOSING.has(trick)) this.#later(dice.between(0, patience), () => this.#hands.cut(from))
    }
    this.#archive.keep(envelope)
  }

  #presence(peer: Peer, jws: string, answer: () => void): void {
    this.heard.push(Buffer.from(jws))
    this.#past.push(jws)
    if (this.#past.length > 64) this.#past.shift()
    this.#presences.set(peer.address, jws)
    if (readPresence(jws).agent !== peer.key) throw new Error('a presence of somebody else')
    // Withheld: the consoles see the one before.
    if (!this.#isToLie(peer, 'presence')) this.#roster.present(peer, jws, Date.now())
    answer()
  }

  #page(peer: Peer, query: unknown, answer: (page: unknown) => void): void {
    const page = this.#roster.query(peer, parse(rosterQuerySchema, query))
    const dice = this.#dice(peer, 'page')
    if (dice !== undefined) this.#did('lyingPage')
    answer(dice === undefined ? page : dice.chance(0.2) ? hostile(dice) : lyingPage(page, dice, this.#past))
  }

  /** Whether something else is done instead of what the event asks for; then it has been done. */
  #isToLie(peer: Peer, event: string): boolean {
    const dice = this.#dice(peer, event)
    if (dice === undefined) return false
    this.#lie(peer, dice)
    return dice.chance(0.5)
  }

  #lie(peer: Peer, dice: Dice): void {
    const [name = '', tell] = dice.one(Object.entries(LIES)) ?? []
    this.#did(name)
    tell?.(dice.chance(0.7) ? peer : (dice.one(this.#router.peers()) ?? peer), dice, this.#mouth)
  }

  /** The dice of the next `event` of a client, when this one is to be tampered with. */
  #dice(peer: Peer, event: string): Dice | undefined {
    const label = `${this.#options.seed}/${this.#names.get(peer) ?? '?'}/${event}`
    const count = (this.#events.get(label) ?? 0) + 1
    this.#events.set(label, count)
    if (!this.#isHostile) return undefined
    const dice = new Dice(`${label}/${count}`)
    return dice.chance(this.#rate) ? dice : undefined
  }

  #did(name: string): void {
    this.deeds.set(name, (this.deeds.get(name) ?? 0) + 1)
  }

  #later(ms: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      action()
    }, ms)
    this.#timers.add(timer)
  }

  #tellFleet(): void {
    const { fleet } = this.#registry
    if (fleet === undefined) return
    this.#past.push(fleet.jws)
    for (const peer of this.#router.peers()) peer.emit('fleet', fleet.jws)
  }
}
