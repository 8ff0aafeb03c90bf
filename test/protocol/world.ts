// A fleet made in memory: its keys, its document, and statements that nobody should accept.
import { toBase64url } from '../../protocol/bytes.ts'
import {
  type Fleet,
  type FleetBody,
  issueFleet,
  issueSigners,
  type Operator,
  readFleet,
} from '../../protocol/fleet.ts'
import { identity, type Identity, idOf, sign } from '../../protocol/keys.ts'
import { type Grant, issueGrant, issueJoin } from '../../protocol/membership.ts'

/** Seconds since 1970: the moment at which these tests take place, unless they speak with the real clock. */
export const NOW = 1_800_000_000
export const YEAR = 365 * 86_400

export interface TestFleet {
  readonly root: Identity
  readonly signer: Identity
  readonly viewer: Identity
  readonly operator: Identity
  readonly admin: Identity
  readonly pin: string
  /** A document of this fleet; by default version 1, with the three operators, good for a year. */
  document(body?: Partial<FleetBody>, by?: { n?: number; signer?: Identity }): Fleet
  jws(body?: Partial<FleetBody>, by?: { n?: number; signer?: Identity }): string
}

export function newFleet(now = NOW): TestFleet {
  const [root, signer, viewer, operator, admin] = [identity(), identity(), identity(), identity(), identity()]
  const pin = idOf(root.public)
  const jws: TestFleet['jws'] = (body = {}, { n = 1, signer: by = signer } = {}) =>
    issueFleet(by, {
      fleet: pin,
      v: 1,
      iat: now,
      exp: now + YEAR,
      signers: issueSigners(root, n, [by.public]),
      operators: [
        operatorEntry(viewer, 'viewer', now),
        operatorEntry(operator, 'operator', now),
        operatorEntry(admin, 'admin', now),
      ],
      revoked: [],
      ...body,
    })
  return {
    root,
    signer,
    viewer,
    operator,
    admin,
    pin,
    jws,
    document: (body, by) => readFleet(pin, jws(body, by)),
  }
}

export function operatorEntry(id: Identity, role: string, now = NOW, scope?: unknown): Operator {
  const entry = { key: id.public, name: `some-${role}`, role, exp: now + YEAR }
  return scope === undefined ? entry : { ...entry, scope }
}

/** A grant, and the join that an agent made with it. */
export function enrol(fleet: TestFleet, grant: Partial<Grant> = {}, name = 'web-1') {
  const [agent, token] = [identity(), identity()]
  const granted = issueGrant(fleet.admin, {
    fleet: fleet.pin,
    v: 1,
    by: fleet.admin.public,
    join: token.public,
    labels: { env: 'prod' },
    iat: NOW,
    exp: NOW + 3600,
    ...grant,
  })
  const join = issueJoin(token, agent, { fleet: fleet.pin, name, grant: granted, iat: NOW })
  return { agent, token, grant: granted, join }
}

/** A compact JWS with any header and any payload, honestly signed. */
export function forge(header: string, payload: string | Uint8Array, by: Identity): string {
  const text = `${toBase64url(Buffer.from(header))}.${toBase64url(Buffer.from(payload))}`
  return `${text}.${toBase64url(sign(by, Buffer.from(text)))}`
}

export const headerOf = (kind: string) => `{"alg":"EdDSA","typ":"ragent-${kind}+jwt"}`
