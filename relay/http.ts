// The relay's HTTP half: health, and statements that prove themselves, brought and fetched by anyone.
import { Hono, type Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { type ErrorCode, RconsoleError, toRconsoleError } from '../protocol/errors.ts'
import { FLEET_BYTES } from '../protocol/limits.ts'
import type { Registry } from './registry.ts'

export interface HttpOptions {
  readonly registry: Registry
  /** False once the relay drains: then /healthz answers 503. */
  readonly isOpen: () => boolean
  /** Something new was taken: the fleet document, or a statement about this machine. */
  readonly onFleet: () => void
  readonly onMachine: (id: string) => void
}

const FORBIDDEN = 403
/** Codes that are not the sender's malformed bytes (400). */
const STATUS: Partial<Record<ErrorCode, 403 | 404 | 409 | 413 | 500 | 503>> = {
  NOT_FOUND: 404,
  REFUSED: 409,
  TOKEN: FORBIDDEN,
  TOKEN_USED: 409,
  BAD_SIGNATURE: FORBIDDEN,
  UNKNOWN_OPERATOR: FORBIDDEN,
  EXPIRED: FORBIDDEN,
  OTHER_FLEET: FORBIDDEN,
  TOKEN_EXPIRED: FORBIDDEN,
  TOO_BIG: 413,
  BUSY: 503,
  INTERNAL: 500,
}

export function httpApp({ registry, isOpen, onFleet, onMachine }: HttpOptions): Hono {
  const app = new Hono()
  app.use(async (c, next) => {
    // No page ever talks to a relay: whatever comes from a browser's page is an attack on its user.
    if (c.req.header('origin') !== undefined) return c.text('browsers have no business here\n', FORBIDDEN)
    await next()
    c.header('x-content-type-options', 'nosniff')
    c.header('cache-control', 'no-store')
    c.header('content-security-policy', "default-src 'none'")
    c.header('strict-transport-security', 'max-age=31536000')
  })
  app.use(
    bodyLimit({
      maxSize: FLEET_BYTES,
      onError: (c) => failure(c, new RconsoleError('TOO_BIG', `expected at most ${FLEET_BYTES} bytes`)),
    }),
  )
  app.onError((error, c) => failure(c, toRconsoleError(error)))
  app.notFound((c) => failure(c, new RconsoleError('NOT_FOUND', 'nothing here')))

  app.get('/', (c) => c.text('rrelay\n'))
  app.get('/healthz', (c) => (isOpen() ? c.text('ok\n') : c.text('draining\n', 503)))
  app.get('/fleet', (c) => found(c, registry.fleet?.jws, 'no fleet document has been published here'))
  app.get('/grants/:key', (c) =>
    found(c, registry.grant(c.req.param('key')), 'this relay does not know the token'),
  )
  app.put('/fleet', async (c) => {
    if (registry.putFleet(await c.req.text(), seconds())) onFleet()
    return c.body(null, 204)
  })
  app.put('/grants', async (c) => {
    registry.putGrant(await c.req.text(), seconds())
    return c.body(null, 204)
  })
  app.put('/closed', async (c) => {
    for (const id of registry.putClosed(await c.req.text(), seconds())) onMachine(id)
    return c.body(null, 204)
  })
  app.put('/joins', async (c) => {
    onMachine(registry.putJoin(await c.req.text(), seconds()))
    return c.body(null, 204)
  })
  app.put('/machines', async (c) => {
    onMachine(registry.putMachine(await c.req.text(), seconds()))
    return c.body(null, 204)
  })
  return app
}

const seconds = (): number => Math.floor(Date.now() / 1000)

function found(c: Context, text: string | undefined, missing: string): Response {
  return text === undefined ? failure(c, new RconsoleError('NOT_FOUND', missing)) : c.text(text)
}

function failure(c: Context, { code, message }: RconsoleError): Response {
  return c.json({ code, message }, STATUS[code] ?? 400)
}
