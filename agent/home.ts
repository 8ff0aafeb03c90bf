// The agent's folder: its key and its join, the newest fleet document, and a lock for the one process that uses them.
import { createHash } from 'node:crypto'
import { readFileSync, unlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { fromBase64url, toBase64url } from '../protocol/bytes.ts'
import { RconsoleError } from '../protocol/errors.ts'
import { makePrivateFolder, readPrivate, userFolder, writePrivate } from '../protocol/files.ts'
import type { Fleet } from '../protocol/fleet.ts'
import { loadFleet } from '../protocol/fleet-file.ts'
import { type Identity, identity, seedOf } from '../protocol/keys.ts'
import { machineClaims } from '../protocol/membership.ts'
import { lockFolder } from './lock.ts'

const fileSchema = v.strictObject({
  /** 32-byte seed of the agent's Ed25519 key. */
  seed: v.string(),
  fleet: v.string(),
  join: v.string(),
  name: v.string(),
  /** SHA-256 of the machine's id: a copied disk is told from its original. */
  machine: v.string(),
  /** The name of the host that enrolled, to tell a person where the original is. */
  host: v.optional(v.string()),
})

/** An enrolled agent. */
export interface Enrolled {
  readonly identity: Identity
  readonly fleet: string
  readonly join: string
  readonly name: string
}

/** Root keeps it with the system's state, anyone else with their own (XDG Base Directory). */
export function defaultHome(env: NodeJS.ProcessEnv): string {
  if (process.getuid?.() === 0) return '/var/lib/ragent'
  return join(env['XDG_STATE_HOME'] ?? join(userFolder(), '.local', 'state'), 'ragent')
}

export class AgentHome {
  readonly #folder: string

  /** @throws HOME */
  constructor(folder: string) {
    makePrivateFolder(folder)
    this.#folder = folder
  }

  get folder(): string {
    return this.#folder
  }

  get logPath(): string {
    return join(this.#folder, 'ragent.log')
  }

  /** What is known and kept of runs. */
  get runsFolder(): string {
    return join(this.#folder, 'runs')
  }

  /** The identity kept here, if any. @throws HOME when it is damaged or belongs to another machine */
  load(): Enrolled | undefined {
    const path = join(this.#folder, 'agent.json')
    const text = readPrivate(path)
    if (text === undefined) return undefined
    const file = parseFile(path, text)
    if (file.machine !== machineHash()) {
      throw new RconsoleError(
        'HOME',
        `${path} belongs to another machine: it is the key of ${file.name}, enrolled on host ${file.host ?? 'unknown'}, and this is host ${hostname()} (a copied disk?). Remove the file here and enrol this machine with a token of its own`,
      )
    }
    const { fleet, join: joinJws, name } = file
    return { identity: identity(seedIn(path, file.seed)), fleet, join: joinJws, name }
  }

  save(enrolled: Enrolled): void {
    const { fleet, join: joinJws, name } = enrolled
    const seed = toBase64url(seedOf(enrolled.identity))
    const file: v.InferOutput<typeof fileSchema> = {
      seed,
      fleet,
      join: joinJws,
      name,
      machine: machineHash(),
      host: hostname(),
    }
    writePrivate(join(this.#folder, 'agent.json'), `${JSON.stringify(file)}\n`)
  }

  /** The newest document this agent has obeyed: never an older one again. */
  loadFleet(pin: string): Fleet | undefined {
    return loadFleet(join(this.#folder, 'fleet.jws'), pin)
  }

  saveFleet(fleet: Fleet): void {
    writePrivate(join(this.#folder, 'fleet.jws'), fleet.jws)
  }

  /** An admin's newest statement on this machine, if any. */
  loadMachine(): string | undefined {
    return readPrivate(join(this.#folder, 'machine.jws'))
  }

  saveMachine(jws: string): void {
    writePrivate(join(this.#folder, 'machine.jws'), jws)
  }

  /** An admin's word that the machine of `enrolled` is forgotten, if that is the newest. */
  forgottenWord({ identity: own }: Enrolled): string | undefined {
    const jws = this.loadMachine()
    if (jws === undefined) return undefined
    const { agent, forgotten } = machineClaims(jws)
    return agent === own.public && forgotten === true ? jws : undefined
  }

  /** The relay would not have this identity: the next token makes another. */
  forget(): void {
    unlinkSync(join(this.#folder, 'agent.json'))
  }

  /** One process per home: two of one key would both take effects. Returns the release. @throws HOME */
  lock(): () => void {
    return lockFolder(this.#folder)
  }
}

function parseFile(path: string, text: string): v.InferOutput<typeof fileSchema> {
  try {
    return v.parse(fileSchema, JSON.parse(text))
  } catch (cause) {
    throw damaged(path, cause)
  }
}

function seedIn(path: string, text: string): Buffer {
  try {
    return fromBase64url(text, 32)
  } catch (cause) {
    throw damaged(path, cause)
  }
}

function damaged(path: string, cause: unknown): RconsoleError {
  return new RconsoleError(
    'HOME',
    `${path} is damaged: restore it, or remove it and enrol again with a new token`,
    { cause },
  )
}

function machineHash(): string {
  for (const path of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    try {
      return createHash('sha256').update(readFileSync(path, 'utf8').trim()).digest('base64url')
    } catch {
      // Not there: try the next; a system without one cannot tell a copied disk.
    }
  }
  return ''
}
