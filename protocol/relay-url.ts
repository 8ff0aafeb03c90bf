// The address of a relay as a person types it: https anywhere, http only on this machine, #FLEETID to pin the fleet.
import { isIP } from 'node:net'
import { RconsoleError } from './errors.ts'

export interface RelayUrl {
  /** Without path, query and pin: 'https://relay.example'. */
  readonly url: string
  /** 'relay.example:8443', as the relay sees itself called. */
  readonly host: string
  readonly isLoopback: boolean
  /** The fleet's id after '#', if given. */
  readonly pin?: string
}

/** @throws RELAY_URL with what was expected and what came */
export function parseRelayUrl(text: string): RelayUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw new RconsoleError(
      'RELAY_URL',
      `expected a relay URL like https://relay.example, got ${JSON.stringify(text)}`,
    )
  }
  if (url.pathname !== '/' || url.search !== '' || url.username !== '' || url.password !== '') {
    throw new RconsoleError(
      'RELAY_URL',
      `expected a relay URL without path, query or user, got ${JSON.stringify(text)}`,
    )
  }
  const isLoopback = isLoopbackHost(url.hostname)
  if (url.protocol === 'http:' && !isLoopback) {
    throw new RconsoleError(
      'RELAY_URL',
      `${url.origin} is not encrypted: use https:// (http:// is for loopback only)`,
    )
  }
  const pin = url.hash.slice(1)
  if (pin !== '' && !/^[A-Za-z0-9_-]{20}$/.test(pin)) {
    throw new RconsoleError(
      'RELAY_URL',
      `expected a fleet id of 20 characters after #, got ${JSON.stringify(pin)}`,
    )
  }
  return { url: url.origin, host: url.host, isLoopback, ...(pin === '' ? {} : { pin }) }
}

function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '')
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'))
}
