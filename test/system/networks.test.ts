// Networks as they are: a proxy on the way out, a proxy with TLS in front of the relay, IPv6, a certificate of one's own.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect, createServer as createTcp } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../until.ts'
import { firstLine, World } from '../world.ts'

void t.test(
  'HTTPS_PROXY is used, by agent and console, for all they say; NO_PROXY leaves it aside',
  async (t) => {
    const tunnels: string[] = []
    const proxy = createServer((_asked, answer) => answer.writeHead(405).end())
    proxy.on('connect', (asked, socket) => {
      tunnels.push(asked.url ?? '')
      const [host = '', port = '0'] = (asked.url ?? '').split(':')
      const on = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        on.pipe(socket).pipe(on)
      })
      for (const end of [on, socket]) end.on('error', () => void [on, socket].map((one) => one.destroy()))
    })
    proxy.listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    t.teardown(() => {
      proxy.closeAllConnections()
      proxy.close()
    })
    const w = new World(t)
    await w.init()
    await w.startRelay()
    const env = { HTTP_PROXY: `http://127.0.0.1:${portOf(proxy.address())}`, NO_PROXY: '' }
    const token = JSON.parse(await w.ok(['token', 'new', '--json'], { env })).token
    t.ok(tunnels.length >= 2, 'document and grant')
    tunnels.length = 0
    const agent = w.start('agent', ['--relay', w.url, '--name', 'web-1', '--home', join(w.folder, 'a')], {
      ...env,
      RAGENT_TOKEN: token,
    })
    await firstLine(agent)
    t.ok(tunnels.length >= 2, 'join and connection')
    tunnels.length = 0
    t.equal(await w.ok(['run', 'web-1', '--', 'echo', 'hi'], { env }), 'hi\n')
    t.ok(tunnels.length > 0)
    t.ok(tunnels.every((to) => to === new URL(w.url).host))
    tunnels.length = 0
    await w.ok(['run', 'web-1', '--', 'true'], { env: { ...env, NO_PROXY: '127.0.0.1' } })
    t.strictSame(tunnels, [])
    const wrong = await w.rconsole(['ls'], {
      env: { HTTP_PROXY: 'socks5://bob:secret@127.0.0.1:1', NO_PROXY: '' },
    })
    t.match(wrong, { status: 2, stderr: /expected a proxy like http:\/\/proxy\.example:3128/ })
    t.notMatch(wrong.stderr, /secret/)
    const gone = await w.rconsole(['ls'], { env: { HTTP_PROXY: 'http://127.0.0.1:1', NO_PROXY: '' } })
    t.match(gone, { status: 1, stderr: /cannot reach the relay .*: ECONNREFUSED/ })
  },
)

void t.test('a relay on IPv6', async (t) => {
  const w = new World(t)
  await w.init()
  const relay = w.start('relay', [
    '--fleet',
    w.fleet,
    '--host',
    '::1',
    '--port',
    '0',
    '--data',
    join(w.folder, 'relay'),
  ])
  w.url = (await firstLine(relay)).replace(/^rrelay listening on /, '')
  t.match(w.url, /^http:\/\/\[::1\]:\d+$/)
  await w.startAgent('web-1', await w.token())
  t.equal(await w.ok(['run', 'web-1', '--', 'echo', 'six']), 'six\n')
})

const PROXIES: Readonly<Record<string, { path: string; start: (site: Site) => readonly string[] }>> = {
  nginx: {
    path: '/usr/sbin/nginx',
    start: ({ folder, port, to }) => {
      writeFileSync(
        join(folder, 'nginx.conf'),
        `daemon off; master_process off; pid ${folder}/nginx.pid; error_log stderr notice; events {}
        http { access_log off; client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f;
          uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
          server { listen 127.0.0.1:${port} ssl; ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/cert.key;
            location / { proxy_pass ${to}; proxy_http_version 1.1; proxy_set_header Host $http_host;
              proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade"; proxy_read_timeout 90s; } } }`,
      )
      return ['-c', join(folder, 'nginx.conf')]
    },
  },
  caddy: {
    path: '/usr/bin/caddy',
    start: ({ folder, port, to }) => {
      writeFileSync(
        join(folder, 'Caddyfile'),
        `{\n admin off\n auto_https disable_redirects\n}\nhttps://localhost:${port} {\n bind 127.0.0.1\n tls ${folder}/cert.pem ${folder}/cert.key\n reverse_proxy ${to}\n}\n`,
      )
      return ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')]
    },
  },
}

interface Site {
  readonly folder: string
  readonly port: number
  readonly to: string
}

for (const [name, { path, start }] of Object.entries(PROXIES)) {
  void t.test(
    `TLS by ${name}, with a certificate of a CA of one's own`,
    { skip: !existsSync(path) && `no ${name} here` },
    async (t) => {
      const w = new World(t)
      makeCertificate(w.folder)
      await w.init()
      await w.startRelay()
      const port = await freePort()
      const proxy = spawn(path, start({ folder: w.folder, port, to: w.url }), {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, HOME: w.folder, XDG_DATA_HOME: w.folder },
      })
      t.teardown(() => void proxy.kill('SIGKILL'))
      let said = ''
      proxy.stderr.on('data', (data: Buffer) => (said += data.toString()))
      await until(() => isListening(port), `${name}: ${said}`, 20_000)
      w.url = `https://localhost:${port}`
      t.match(
        await w.rconsole(['token', 'new']),
        { status: 1, stderr: /cannot reach the relay https:.*CERT|SIGNATURE|ISSUER/ },
        'not trusted',
      )
      const blind = { NODE_TLS_REJECT_UNAUTHORIZED: '0' }
      t.match(
        await w.rconsole(['token', 'new'], { env: blind }),
        { status: 1, stderr: /cannot reach the relay/ },
        'nor waved through',
      )
      const env = { NODE_EXTRA_CA_CERTS: join(w.folder, 'ca.pem') }
      const token = JSON.parse(await w.ok(['token', 'new', '--json'], { env })).token
      const agent = w.start('agent', ['--relay', w.url, '--name', 'web-1', '--home', join(w.folder, 'a')], {
        ...env,
        RAGENT_TOKEN: token,
      })
      await firstLine(agent)
      t.equal(await w.ok(['run', 'web-1', '--', 'echo', 'sealed twice'], { env }), 'sealed twice\n')
    },
  )
}

function makeCertificate(folder: string): void {
  const openssl = (...args: readonly string[]): Buffer =>
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=Test CA',
    '-days',
    '2',
  )
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'cert.key',
    '-out',
    'cert.csr',
    '-subj',
    '/CN=localhost',
  )
  writeFileSync(join(folder, 'san'), 'subjectAltName=DNS:localhost')
  openssl(
    'x509',
    '-req',
    '-in',
    'cert.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-out',
    'cert.pem',
    '-days',
    '2',
    '-extfile',
    'san',
  )
}

async function isListening(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

async function freePort(): Promise<number> {
  const server = createTcp().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server.address())
  server.close()
  await once(server, 'close')
  return port
}

function portOf(address: unknown): number {
  if (
    typeof address === 'object' &&
    address !== null &&
    'port' in address &&
    typeof address.port === 'number'
  )
    return address.port
  throw new Error('no port')
}
