// The relay's life: Hono and Socket.IO on one server; admit, route, tell, drain, stop.
import { randomBytes } from 'node:crypto'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import type { Logger } from 'pino'
import { Server } from 'socket.io'
import { toBase64url } from '../protocol/bytes.ts'
import { isEnvelope, PROTOCOL } from '../protocol/envelope.ts'
import { RconsoleError, systemCode, toRconsoleError } from '../protocol/errors.ts'
import type { ClientToRelay, RelayToClient } from '../protocol/events.ts'
import { findOperator } from '../protocol/fleet.ts'
import { idOf } from '../protocol/keys.ts'
import { ADMITTED_PER_SECOND, PACKET_BYTES, UNADMITTED_BYTES, UNADMITTED_MS } from '../protocol/limits.ts'
import { admit, type Admitted, checkAgent, knownKey } from './admission.ts'
import { Audit } from './audit.ts'
import { httpApp } from './http.ts'
import { Journal } from './journal.ts'
import { Pace } from './pace.ts'
import { Registry } from './registry.ts'
import { Roster, seenSchema } from './roster.ts'
import { type Peer, Router } from './router.ts'
import { serveConsole } from './serve-console.ts'
import { checkProtocol, type Connection, type RelaySocket, socketPeer } from './socket-peer.ts'
import { Unadmitted } from './unadmitted.ts'

/** Clients are told to come back spread over this long (ms); the process waits half a second for the word to leave. */
const MOVING_MS = 10_000
const DRAIN_MS = 500
/** A ping finds a dead connection; below the 60 s after which common proxies cut a silent one (ms). */
const PING_INTERVAL_MS = 25_000
const PING_TIMEOUT_MS = 20_000

export interface RelayOptions {
  readonly fleet: string
  readonly data: string
  readonly host: string
  readonly port: number
  readonly log: Logger
}

export interface Relay {
  readonly port: number
  /** Tell everyone to come back, then stop. Resolves when nothing of it is left. */
  stop(): Promise<void>
}

/** Start a relay; resolves when it listens. @throws ADDRESS_IN_USE, HOME, OTHER_FLEET */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const relay = new RunningRelay(options)
  await relay.listen()
  return relay
}

class RunningRelay implements Relay {
  readonly #options: RelayOptions
  readonly #registry: Registry
  readonly #router: Router
  readonly #roster: Roster
  readonly #audit: Audit
  readonly #http: HttpServer
  readonly #io: Server<ClientToRelay, RelayToClient>
  readonly #unadmitted = new Unadmitted()
  readonly #pace = new Pace(ADMITTED_PER_SECOND)
  #isOpen = true

  constructor(options: RelayOptions) {
    this.#options = options
    this.#audit = new Audit(options.data, options.log)
    this.#registry = new Registry(options.fleet, options.data, (what, agent) =>
      this.#audit.note(what, agent === undefined ? {} : { agent }),
    )
    this.#router = new Router((address) => this.#roster.lastSeen(address), {
      opened: ({ key }, agent) => this.#audit.note('open', { who: idOf(key), agent }),
      closed: ({ key }, agent, bytes) => this.#audit.note('close', { who: idOf(key), agent, bytes }),
    })
    this.#roster = new Roster(
      this.#registry,
      this.#router,
      new Journal(join(options.data, 'seen.jsonl'), seenSchema),
      (error) => options.log.error({ why: toRconsoleError(error).message }, 'roster not saved'),
    )
    const app = httpApp({
      registry: this.#registry,
      isOpen: () => this.#isOpen,
      onFleet: () => this.#newFleet(),
      onMachine: (id) => this.#newMachine(id),
    })
    this.#http = createServer(
      // Slow or huge requests are cut by Node itself; nothing of ours needs more.
      {
        maxHeaderSize: 8 * 1024,
        headersTimeout: 10_000,
        requestTimeout: 15_000,
        // Node looks every 30 s unless told otherwise: ten seconds were forty.
        connectionsCheckingInterval: 2_000,
      },
      getRequestListener(app.fetch),
    )
    this.#io = new Server(this.#http, {
      transports: ['websocket'],
      serveClient: false,
      // Costs 234 KiB a connection instead of 17 (measured), and compresses nothing that is sealed.
      perMessageDeflate: false,
      httpCompression: false,
      maxHttpBufferSize: PACKET_BYTES,
      pingInterval: PING_INTERVAL_MS,
      pingTimeout: PING_TIMEOUT_MS,
      connectTimeout: UNADMITTED_MS,
      allowRequest: (request, answer) => {
        const isBrowser = request.headers.origin !== undefined
        answer(null, !isBrowser && this.#isOpen)
      },
    })
    this.#io.engine.on('connection', (conn: Connection) => this.#unadmitted.watch(conn))
    this.#io.on('connection', (socket) => this.#greet(socket))
  }

  get port(): number {
    const address: AddressInfo | string | null = this.#http.address()
    return typeof address === 'object' && address !== null ? address.port : this.#options.port
  }

  async listen(): Promise<void> {
    const { host, port } = this.#options
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', (cause) => {
        const isTaken = systemCode(cause) === 'EADDRINUSE'
        const message = isTaken
          ? `port ${port} on ${host} is in use`
          : `cannot listen on ${host}:${port}: ${cause.message}`
        reject(new RconsoleError(isTaken ? 'ADDRESS_IN_USE' : 'USAGE', message, { cause }))
      })
      this.#http.listen(port, host, resolve)
    })
  }

  async stop(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    for (const peer of this.#router.peers())
      peer.emit('moving', { after: Math.floor(Math.random() * MOVING_MS) })
    await new Promise((resolve) => {
      setTimeout(resolve, DRAIN_MS)
    })
    this.#roster.close()
    await this.#io.close()
    await this.#audit.close()
  }

  #greet(socket: RelaySocket): void {
    const nonce = toBase64url(randomBytes(32))
    let isAnswered = false
    socket.emit('challenge', { proto: PROTOCOL, nonce }, (auth: unknown) => {
      if (isAnswered || socket.disconnected) return
      isAnswered = true
      this.#answered(socket, auth, nonce)
    })
  }

  #answered(socket: RelaySocket, auth: unknown, nonce: string): void {
    try {
      checkProtocol(socket.handshake.auth['proto'])
      if (typeof auth !== 'string' || auth.length > UNADMITTED_BYTES)
        throw new RconsoleError('REFUSED', 'expected a signed answer')
      const host = socket.handshake.headers.host ?? ''
      const now = Math.floor(Date.now() / 1000)
      const who = admit(this.#registry, { auth, nonce, host, now })
      if (who.as === 'agent') {
        // Only of those who are known: nobody else can make them wait.
        const after = this.#pace.enter(performance.now())
        if (after > 0) {
          socket.emit('refused', { code: 'BUSY', message: 'too many come at once: wait a little', after })
          socket.disconnect(true)
          return
        }
        // Before it is judged: one that is forgotten believes it only in an admin's own words.
        this.#tellMachine(socket, idOf(who.key))
        checkAgent(this.#registry, who.key, now)
      }
      this.#admitted(socket, who)
    } catch (error) {
      const { code, message } = toRconsoleError(error)
      this.#options.log.info({ code }, 'refused')
      this.#audit.deny(code, typeof auth === 'string' ? knownKey(this.#registry, { auth, nonce }) : undefined)
      socket.emit('refused', { code, message })
      socket.disconnect(true)
    }
  }

  #admitted(socket: RelaySocket, who: Admitted): void {
    const address = who.as === 'agent' ? idOf(who.key) : toBase64url(randomBytes(15))
    const peer = socketPeer(socket, address, who)
    const { log } = this.#options
    this.#unadmitted.settle(socket.conn)
    const about = { as: who.as, who: idOf(who.key) }
    log.info({ as: who.as, id: about.who }, 'connected')
    this.#audit.note('connect', about)
    this.#router.attach(peer)
    socket.once('disconnect', (reason) => {
      log.info({ as: who.as, id: about.who, reason }, 'left')
      this.#router.detach(peer)
      this.#audit.note('leave', about)
      this.#roster.left(peer, Date.now())
      if (who.as === 'agent') this.#roster.changed(address)
      // A client may leave Socket.IO and keep the connection, which then nobody would watch.
      socket.conn.close()
    })
    socket.on('envelope', (to: unknown, body: unknown) => {
      if (typeof to === 'string' && isEnvelope(to, body)) this.#router.route(peer, to, body)
      else socket.disconnect(true)
    })
    socket.on('echo', (answer: unknown) => {
      if (typeof answer === 'function') answer()
    })
    if (who.as === 'agent') this.#serveAgent(socket, peer)
    else
      serveConsole(socket, peer, { roster: this.#roster, registry: this.#registry, audit: this.#audit, log })
    socket.emit('welcome', { address })
    if (who.as === 'console' && this.#audit.head !== undefined) socket.emit('head', this.#audit.head)
    if (this.#registry.fleet !== undefined) socket.emit('fleet', this.#registry.fleet.jws)
  }

  #serveAgent(socket: RelaySocket, peer: Peer): void {
    socket.on('presence', (jws: unknown, answer: unknown) => {
      try {
        if (typeof jws === 'string') this.#roster.present(peer, jws, Date.now())
        if (typeof answer === 'function') answer()
      } catch (error) {
        this.#options.log.warn({ id: peer.address, code: toRconsoleError(error).code }, 'presence refused')
        socket.disconnect(true)
      }
    })
  }

  #newMachine(id: string): void {
    this.#roster.changed(id)
    for (const peer of this.#router.at(id)) {
      this.#tellMachine(peer, id)
      this.#checkStill(peer, Math.floor(Date.now() / 1000))
    }
  }

  #tellMachine(to: Pick<RelaySocket, 'emit'> | Peer, id: string): void {
    const machine = this.#registry.standing(id)?.machine
    if (machine !== undefined) to.emit('machine', machine)
  }

  /** A newer document: who is not in it any more goes, everyone else is told. */
  #newFleet(): void {
    const { fleet } = this.#registry
    if (fleet === undefined) return
    const now = Math.floor(Date.now() / 1000)
    for (const peer of this.#router.peers()) {
      peer.emit('fleet', fleet.jws)
      this.#checkStill(peer, now)
    }
  }

  /** Who would not be let in any more has to leave, and hears why. */
  #checkStill(peer: Peer, now: number): void {
    const { fleet } = this.#registry
    if (fleet === undefined) return
    try {
      if (peer.as === 'console') findOperator(fleet, peer.key, now)
      else checkAgent(this.#registry, peer.key, now)
    } catch (error) {
      const { code, message } = toRconsoleError(error)
      peer.emit('refused', { code, message })
      peer.close(code)
    }
  }
}
