// The agent's signed "here I am", as it stands.
import { randomBytes } from 'node:crypto'
import { toBase64url } from '../protocol/bytes.ts'
import { PROTOCOL } from '../protocol/envelope.ts'
import { issuePresence, type LifecycleEvent } from '../protocol/presence.ts'
import { VERSION } from '../protocol/version.ts'
import type { Gate } from './gate.ts'
import type { Enrolled } from './home.ts'
import { defaultName, systemName } from './host.ts'
import type { Prekeys } from './prekeys.ts'
import type { Receipts } from './receipts.ts'

export interface Here {
  readonly enrolled: Enrolled
  readonly prekeys: Prekeys
  readonly gate: Gate
  readonly receipts: Receipts
  readonly boot: string
  /** Why it leaves, in a farewell. */
  readonly left?: LifecycleEvent
  /** What it came back from. */
  readonly back?: LifecycleEvent | undefined
}

export function sayHere({ enrolled, prekeys, gate, receipts, boot, left, back }: Here): string {
  const { frozen } = gate
  const head = receipts.tell()
  return issuePresence(enrolled.identity, {
    fleet: enrolled.fleet,
    agent: enrolled.identity.public,
    proto: PROTOCOL,
    pre: toBase64url(prekeys.public),
    boot,
    iat: seconds(),
    host: defaultName(),
    os: systemName(),
    ver: VERSION,
    policy: gate.shown,
    ...(head && { head }),
    ...(frozen && { frozen }),
    ...(left && { left }),
    ...(back && { back }),
  })
}

/** 16 random bytes that name one start of an agent, and of its prekeys. */
export const newBoot = (): string => toBase64url(randomBytes(16))

export const seconds = (): number => Math.floor(Date.now() / 1000)
