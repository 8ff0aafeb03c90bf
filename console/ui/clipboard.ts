// Text to the operator's clipboard, through tmux where it runs in one, else by OSC 52.
import { spawn } from 'node:child_process'
import { RconsoleError } from '../../protocol/errors.ts'

/** What terminals take at most in one OSC 52, before base64 (bytes). */
const MOST = 74_994

/** `send` writes to the terminal. @throws TOO_BIG */
export async function copyText(
  text: string,
  env: NodeJS.ProcessEnv,
  send: (sequence: string) => void,
): Promise<void> {
  const bytes = Buffer.from(text)
  if (bytes.length > MOST) {
    throw new RconsoleError('TOO_BIG', `too long to copy: expected up to ${MOST} bytes, got ${bytes.length}`)
  }
  // By default tmux drops OSC 52 of the programs in it.
  if ((env['TMUX'] ?? '') !== '' && (await throughTmux(bytes, env))) return
  send(`\x1b]52;c;${bytes.toString('base64')}\x07`)
}

/** Whether tmux took it. */
function throughTmux(bytes: Buffer, env: NodeJS.ProcessEnv): Promise<boolean> {
  return new Promise((resolve) => {
    const tmux = spawn('tmux', ['load-buffer', '-w', '-'], { env, stdio: ['pipe', 'ignore', 'ignore'] })
    tmux.on('error', () => resolve(false))
    tmux.on('close', (status) => resolve(status === 0))
    // It may end before it has read: then its status says so.
    tmux.stdin.on('error', () => undefined)
    tmux.stdin.end(bytes)
  })
}
