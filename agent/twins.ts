// Other processes with this agent's key, as their own signed presences show them: a copied disk under the same machine id.
import { hostname } from 'node:os'
import { RconsoleError } from '../protocol/errors.ts'
import { PRESENCE_MS } from '../protocol/limits.ts'
import { readPresence } from '../protocol/presence.ts'

export class Twins {
  #hosts: readonly string[] = []

  /** Who else is there now; what is not signed with our key by a process of this time is a relay's invention. */
  meet(
    presences: readonly string[],
    self: { readonly key: string; readonly boot: string },
  ): readonly string[] {
    this.#hosts = presences.flatMap((jws) => hostOf(jws, self) ?? [])
    return this.#hosts
  }

  get isAlone(): boolean {
    return this.#hosts.length === 0
  }

  refusal(name: string): RconsoleError | undefined {
    if (this.isAlone) return undefined
    const hosts = [hostname(), ...this.#hosts].join(' and ')
    return new RconsoleError(
      'AMBIGUOUS',
      `two agents use the key of ${name}, on hosts ${hosts} (a copied disk?): stop one, and enrol it with a token of its own`,
    )
  }
}

function hostOf(jws: string, { key, boot }: { key: string; boot: string }): string | undefined {
  try {
    const presence = readPresence(jws)
    const isOurs = presence.agent === key && presence.boot !== boot
    return isOurs && Math.abs(Date.now() - presence.iat * 1000) <= PRESENCE_MS ? presence.host : undefined
  } catch {
    // Not a presence at all: says nothing about anyone.
    return undefined
  }
}
