// The agent's signed "here I am", as it stands.
import { toBase64url } from '../protocol/bytes.ts'
import { PROTOCOL } from '../protocol/envelope.ts'
import { issuePresence, type LifecycleEvent } from '../protocol/presence.ts'
import { VERSION } from '../protocol/version.ts'
import type { Gate } from './gate.ts'
import type { Enrolled } from './home.ts'
import { defaultName, systemName } from './host.ts'
import type { Prekeys } from './prekeys.ts'

export interface Here {
  readonly enrolled: Enrolled
  readonly prekeys: Prekeys
  readonly gate: Gate
  readonly boot: string
  /** Why it leaves, in a farewell. */
  readonly left?: LifecycleEvent
  /** What it came back from. */
  readonly back?: LifecycleEvent | undefined
}

export function sayHere({ enrolled, prekeys, gate, boot, left, back }: Here): string {
  const { frozen } = gate
  return issuePresence(enrolled.identity, {
    fleet: enrolled.fleet,
    agent: enrolled.identity.public,
    proto: PROTOCOL,
    pre: toBase64url(prekeys.public),
    boot,
    iat: Math.floor(Date.now() / 1000),
    host: defaultName(),
    os: systemName(),
    ver: VERSION,
    policy: gate.shown,
    ...(frozen && { frozen }),
    ...(left && { left }),
    ...(back && { back }),
  })
}
