// How operators are written on a command line: names, keys, roles and scopes.
import { RconsoleError } from '../protocol/errors.ts'
import { type Role, ROLES } from '../protocol/fleet.ts'
import { type Identity, identity } from '../protocol/keys.ts'
import { newOperatorToken, readOperatorToken } from '../protocol/token.ts'

/** A key for an operator. One that begins with a dash would be a flag in the lines that name it: every 64th. */
export function operatorIdentity(): Identity {
  for (;;) {
    const made = identity()
    if (!made.public.startsWith('-')) return made
  }
}

/** An operator token whose key is such a one. */
export function operatorToken(fleet: string): { readonly token: string; readonly key: string } {
  for (;;) {
    const token = newOperatorToken(fleet)
    const { public: key } = readOperatorToken(token).operator
    if (!key.startsWith('-')) return { token, key }
  }
}

export type Scope = Readonly<Record<string, readonly string[]>>

/** @throws USAGE */
export function operatorName(what: string, name: string): string {
  if (/^[\w.@-]{1,40}$/.test(name)) return name
  throw new RconsoleError(
    'USAGE',
    `${what}: expected up to 40 of A-Z a-z 0-9 _ . @ -, got ${JSON.stringify(name)}`,
  )
}

/** @throws USAGE */
export function readRole(text: string): Role {
  const role = ROLES.find((known) => known === text)
  if (role !== undefined) return role
  throw new RconsoleError('USAGE', `--role: expected ${ROLES.join(', ')}, got ${JSON.stringify(text)}`)
}

/** 'env=dev' and 'env=staging' are one label with two values; undefined without any: the whole fleet. @throws USAGE */
export function readScope(pairs: readonly string[]): Scope | undefined {
  const scope = new Map<string, string[]>()
  for (const pair of pairs) {
    const [, label, values] = /^([^=,]+)=([^=]+)$/.exec(pair) ?? []
    const split = values?.split(',') ?? []
    if (label === undefined || ![label, ...split].every((part) => LABEL_PART.test(part))) {
      throw new RconsoleError(
        'USAGE',
        `--scope: expected a label like env=dev, or env=dev,staging, got ${JSON.stringify(pair)}`,
      )
    }
    scope.set(label, [...new Set([...(scope.get(label) ?? []), ...split])])
  }
  return scope.size === 0 ? undefined : Object.fromEntries(scope)
}

/** As labels are in statements. */
const LABEL_PART = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/

/** As `--scope` takes it: ['env=dev,staging', 'role=web']; nothing for the whole fleet. */
export function scopeFlags(scope: unknown): string[] {
  if (typeof scope !== 'object' || scope === null) return scope === undefined ? [] : [JSON.stringify(scope)]
  return Object.entries(scope).map(
    ([label, values]) => `${label}=${Array.isArray(values) ? values.join(',') : JSON.stringify(values)}`,
  )
}
