// The peer: this machine over OpenSSH with throwaway keys, direct and as one reaches a machine behind NAT: `ssh -R` to a hub, `ssh -J` through it.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { until } from '../test/until.ts'
import { has } from './processes.ts'

/** How the peer is reached: straight, or through the hub. */
export type Way = 'direct' | 'nat'

interface Owner {
  teardown(handler: () => Promise<void>): void
}

export class Ssh {
  readonly #folder: string
  readonly #owner: Owner

  private constructor(folder: string, owner: Owner) {
    this.#folder = folder
    this.#owner = owner
  }

  /** Why there is no such peer here, if there is none. */
  static get missing(): string | undefined {
    const absent = ['ssh', 'sshd', 'ssh-keygen'].find((program) => !has(program))
    return absent === undefined ? undefined : `${absent} is not installed`
  }

  static async start(owner: Owner): Promise<Ssh> {
    // Short: the path of a control socket has at most 107 bytes.
    const folder = mkdtempSync(join(tmpdir(), 'rcb-'))
    owner.teardown(async () => rmSync(folder, { recursive: true, force: true }))
    const ssh = new Ssh(folder, owner)
    for (const key of ['key', 'host'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, key)])
    copyFileSync(join(folder, 'key.pub'), join(folder, 'authorized'))
    if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true })
    const [hub, direct, nat] = [await freePort(), await freePort(), await freePort()]
    await ssh.#serve('hub', hub)
    await ssh.#serve('direct', direct)
    ssh.#configure({ hub, direct, nat })
    await ssh.#keep(['-N', '-o', 'ExitOnForwardFailure=yes', '-R', `${nat}:127.0.0.1:${direct}`, 'hub'])
    for (const way of ['direct', 'nat'] as const) await ssh.master(way)
    return ssh
  }

  /** A command line that runs `command` there over the connection that is kept open. */
  warm(way: Way, ...command: string[]): string[] {
    return ['ssh', '-F', this.config, '-S', join(this.#folder, way), way, ...command]
  }

  /** The same with a connection of its own. */
  cold(way: Way, ...command: string[]): string[] {
    return ['ssh', '-F', this.config, '-S', 'none', way, ...command]
  }

  get config(): string {
    return join(this.#folder, 'config')
  }

  /** Open the connection that later ones share; `name`: one more of them, to the direct machine. */
  async master(way: Way, name: string = way): Promise<void> {
    const socket = join(this.#folder, name)
    await this.#keep(['-M', '-N', '-S', socket, name])
    const isUp = (): boolean =>
      spawnSync('ssh', ['-F', this.config, '-S', socket, '-O', 'check', name], { stdio: 'ignore' }).status ===
      0
    await until(isUp, `the ssh connection ${name}`)
  }

  #configure({ hub, direct, nat }: Record<'hub' | 'direct' | 'nat', number>): void {
    writeFileSync(
      this.config,
      `Host hub\n Port ${hub}\nHost direct many-*\n Port ${direct}\nHost nat\n Port ${nat}\n ProxyJump hub\n` +
        `Host *\n HostName 127.0.0.1\n IdentityFile ${this.#folder}/key\n IdentitiesOnly yes\n BatchMode yes\n LogLevel ERROR\n` +
        ` StrictHostKeyChecking no\n UserKnownHostsFile /dev/null\n ControlPath ${this.#folder}/%n\n`,
    )
  }

  async #serve(name: string, port: number): Promise<void> {
    const config = join(this.#folder, `${name}.conf`)
    writeFileSync(
      config,
      `ListenAddress 127.0.0.1\nPort ${port}\nHostKey ${this.#folder}/host\nAuthorizedKeysFile ${this.#folder}/authorized\n` +
        `StrictModes no\nPidFile none\nUsePAM no\nPermitRootLogin yes\nMaxStartups 1000\nMaxSessions 1000\n` +
        'Subsystem sftp internal-sftp\n' +
        // Debian's bash reads ~/.bashrc under sshd: what a person has put there is not what ssh costs.
        `SetEnv HOME=${this.#folder}\n`,
    )
    let said = ''
    const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] })
    child.stderr.on('data', (data: Buffer) => (said += data.toString()))
    this.#owner.teardown(async () => void child.kill())
    await until(() => said.includes('Server listening'), `sshd: ${said}`)
  }

  async #keep(args: readonly string[]): Promise<void> {
    const child = spawn('ssh', ['-F', this.config, ...args], { stdio: 'ignore' })
    this.#owner.teardown(async () => {
      if (child.exitCode !== null) return
      child.kill()
      await once(child, 'close')
    })
    await once(child, 'spawn')
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
