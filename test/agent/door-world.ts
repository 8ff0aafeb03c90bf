// An agent's door without a relay, and visitors who knock with real handshakes: honest ones, and whatever a test makes.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pino from 'pino'
import type { Test } from 'tap'
import { Door } from '../../agent/door.ts'
import { Gate } from '../../agent/gate.ts'
import { Policy } from '../../agent/policy.ts'
import { NO_FILE } from '../../agent/policy-file.ts'
import { Restraint } from '../../agent/restraint.ts'
import type { Freezer } from '../../agent/handler.ts'
import { Prekeys } from '../../agent/prekeys.ts'
import { newRuns } from './runs-world.ts'
import { type Bytes, toBase64url } from '../../protocol/bytes.ts'
import { type Body, KIND, packBody, unpackBody } from '../../protocol/envelope.ts'
import { RconsoleError, toRconsoleError } from '../../protocol/errors.ts'
import { adopt, type Fleet, type FleetBody, versionOf } from '../../protocol/fleet.ts'
import { type AnswerHead, hello, type HelloOptions, type HelloUnderWay } from '../../protocol/handshake.ts'
import { identity, type Identity } from '../../protocol/keys.ts'
import { EFFECT_MS, STREAM_WINDOW } from '../../protocol/limits.ts'
import { type Data, decode, encode, type Message } from '../../protocol/messages.ts'
import { signRequest } from '../../protocol/request-signature.ts'
import { Session } from '../../protocol/session.ts'
import type { Mode } from '../../protocol/owner-policy.ts'
import type { Labels } from '../../protocol/statement.ts'
import { newFleet, type TestFleet } from '../protocol/world.ts'
import { until } from '../until.ts'
import { newId } from './world.ts'

export type DoorWorld = ReturnType<typeof newDoor>

interface Options {
  readonly fleet?: TestFleet
  readonly body?: Partial<FleetBody>
  readonly mode?: Mode
  readonly labels?: Labels
  /** A folder; without one nothing can be kept: neither frozen nor granted. */
  readonly home?: string
  readonly refusal?: RconsoleError
}

export const seconds = () => Math.floor(Date.now() / 1000)

/** An agent that admits `fleet`: what it started, and what left its door. */
export function newDoor({
  fleet = newFleet(seconds()),
  body,
  mode = 'full',
  labels = { env: 'prod' },
  home = '/nonexistent',
  refusal,
}: Options = {}) {
  const agent = identity()
  const prekeys = new Prekeys(fleet.pin, agent.public)
  const sent: { to: string; body: Body }[] = []
  /** The actions that were begun: nothing else ever runs anything. */
  const started: string[] = []
  /** Documents that were not taken, by their code. */
  const refused: string[] = []
  const log = pino({}, { write: (line: string) => noteStart(started, line) })
  const { runs } = newRuns()
  const { works } = runs
  const gate = new Gate({
    home,
    name: () => 'web-1',
    policy: new Policy(NO_FILE, undefined, mode),
    works,
    log,
  })
  const restraint: Freezer = { frozen: undefined, freeze: () => undefined, unfreeze: () => undefined }
  const services = {
    identity: agent,
    name: 'web-1',
    works,
    runs,
    log,
    fleet: fleet.document(body),
    gate,
    restraint,
    labels,
    refusal,
    obey: () => undefined,
    adopt: (jws: string) => {
      try {
        services.fleet = adopt(services.fleet, fleet.pin, jws, seconds())
        door.reauthorize()
      } catch (error) {
        refused.push(toRconsoleError(error).code)
      }
    },
  }
  const door = new Door(services, prekeys, (to, bytes) => {
    const read = unpackBody(bytes)
    if (read === undefined) throw new Error('the door sent no body')
    sent.push({ to, body: read })
  })
  services.restraint = new Restraint({ name: 'web-1', gate, door, works, log, tell: () => undefined })
  return { fleet, agent, prekeys, services, door, sent, started, refused }
}

function noteStart(started: string[], line: string): void {
  const entry: unknown = JSON.parse(line)
  if (typeof entry !== 'object' || entry === null || !('msg' in entry) || !('action' in entry)) return
  if (entry.msg === 'started') started.push(String(entry.action))
}

/** One console. Nothing leaves it by itself: the test carries its hellos, so it can hold them back or twist them. */
export class Visitor {
  readonly address = toBase64url(randomBytes(15))
  readonly id = toBase64url(randomBytes(8))
  readonly operator: Identity
  readonly session: Session
  readonly messages: (Message | Data)[] = []
  readonly nudges: number[] = []
  readonly frames: Bytes[] = []
  answer: AnswerHead | undefined
  /** The document that it goes by; the world's own unless a test says otherwise. */
  holds: Fleet | undefined
  failure: RconsoleError | undefined
  readonly #world: DoorWorld
  #underWay: HelloUnderWay | undefined
  #attempt = 0
  #stream = 0

  constructor(world: DoorWorld, operator: Identity) {
    this.#world = world
    this.operator = operator
    this.session = new Session({
      transmit: (frame) => {
        this.frames.push(frame)
        world.door.receive(this.address, packBody(KIND.frame, this.id, frame))
      },
      message: (message) => void this.messages.push(decode(message)),
      stalled: () => undefined,
      aged: () => undefined,
      failed: (error) => (this.failure = error),
    })
  }

  /** A body that says hello with what is waiting to be sent; it stays here. */
  hello(changes: Partial<HelloOptions> = {}): Bytes {
    const { fleet, agent, prekeys, services } = this.#world
    const { sequence, message } = this.session.first
    this.session.suspend()
    this.#underWay = hello({
      fleet: fleet.pin,
      agentKey: agent.public,
      prekey: toBase64url(prekeys.public),
      operator: this.operator,
      head: {
        session: this.id,
        attempt: this.#attempt++,
        want: this.session.want,
        next: sequence,
        doc: versionOf(this.holds ?? services.fleet),
      },
      first: message,
      ...changes,
    })
    return packBody(KIND.hello, this.id, this.#underWay.message)
  }

  /** Bring `body` to the door, and take home what comes out of it. */
  knock(body: Bytes): this {
    this.#world.door.receive(this.address, body)
    return this.collect()
  }

  /** Ask for `action` in the first hello, or signed in the open session. */
  ask(action: string, request: object = {}, changes: { by?: number; sig?: string | undefined } = {}): number {
    const { fleet, agent } = this.#world
    const asked = { action, request: JSON.stringify(request), by: changes.by ?? Date.now() + EFFECT_MS }
    const bare: Message = { t: 'open', s: ++this.#stream, ...asked, credit: STREAM_WINDOW }
    const sig = 'sig' in changes ? changes.sig : signRequest(fleet.pin, agent.public, this.operator, asked)
    const isFirst = !this.session.isUp && this.session.first.message === undefined
    this.session.send(encode(isFirst || sig === undefined ? bare : { ...bare, sig }))
    return this.#stream
  }

  collect(): this {
    for (let at = 0; at < this.#world.sent.length;) {
      const letter = this.#world.sent[at]
      if (letter?.to === this.address) {
        this.#world.sent.splice(at, 1)
        this.#take(letter.body)
      } else at++
    }
    return this
  }

  /** How stream `s` ended: its result or its code; undefined while it has not. */
  ended(s: number): string | undefined {
    this.collect()
    for (const message of this.messages) {
      if (message.t === 'result' && message.s === s) return 'result'
      if (message.t === 'error' && message.s === s) return message.code
      if (message.t === 'bye') return `bye ${message.code}`
    }
    return undefined
  }

  #take({ kind, payload }: Body): void {
    if (kind === KIND.nudge) this.nudges.push(payload[0] ?? 0)
    if (kind === KIND.frame) this.session.receive(payload)
    if (kind !== KIND.answer) return
    const answer = this.#underWay?.finish(payload)
    if (answer === undefined) return
    this.answer = answer.head
    if (answer.head.error === undefined) this.session.begin(answer.transport, answer.head.want)
  }
}

export const withoutKey = (victim: Identity, thief: Identity): Identity => ({
  ...victim,
  privateKey: thief.privateKey,
})

/** A door that is put away after the test. */
export function openDoor(t: Test, options?: Parameters<typeof newDoor>[0]): DoorWorld {
  const world = newDoor(options)
  t.teardown(() => world.door.end(new RconsoleError('GONE', 'the test is over')))
  return world
}

/** A visitor whose session is put away after the test. */
export function visit(t: Test, world: DoorWorld, operator = world.fleet.operator): Visitor {
  const visitor = new Visitor(world, operator)
  t.teardown(() => visitor.session.close())
  return visitor
}

/** A run that adds a line to a file: how often it ran can be counted. */
export function marker(t: Test) {
  const file = join(t.testdir(), 'ran')
  const request = () => ({ id: newId(), program: { argv: ['sh', '-c', 'echo x >> "$0"', file] } })
  return { request, count: () => (existsSync(file) ? readFileSync(file, 'utf8').length / 2 : 0) }
}

export const ends = async (visitor: Visitor, s: number): Promise<string | undefined> => {
  await until(() => visitor.ended(s) !== undefined, `stream ${s} ends`)
  return visitor.ended(s)
}

/** A clock that can be put forward; it is put back after the test. */
export function clockAhead(t: Test): (ms: number) => void {
  const real = performance.now.bind(performance)
  let by = 0
  t.intercept(performance, 'now', { value: () => real() + by, configurable: true })
  return (ms) => {
    by += ms
  }
}
