// How a connection gets to the relay: straight, or through the proxy that the environment names.
import type { Agent } from 'node:http'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { getProxyForUrl } from 'proxy-from-env'
import { RconsoleError } from './errors.ts'
import type { RelayUrl } from './relay-url.ts'

/** What both ways of reaching a relay are given; a certificate is checked whatever NODE_TLS_REJECT_UNAUTHORIZED says. */
export interface Route {
  readonly agent: Agent | false
  readonly rejectUnauthorized: true
}

/**
 * By HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, as curl reads them: a tunnel (CONNECT), so that a proxy sees as little as
 * anyone between. @throws RELAY_URL when the environment names something that is no http or https proxy
 */
export function routeTo(relay: RelayUrl): Route {
  const proxy = getProxyForUrl(relay.url)
  if (proxy === '') return { agent: false, rejectUnauthorized: true }
  // Its name and password, if it has any, are not repeated.
  if (!URL.canParse(proxy) || !/^https?:$/.test(new URL(proxy).protocol))
    throw new RconsoleError('RELAY_URL', 'HTTPS_PROXY: expected a proxy like http://proxy.example:3128')
  return { agent: new HttpsProxyAgent(proxy, { rejectUnauthorized: true }), rejectUnauthorized: true }
}
