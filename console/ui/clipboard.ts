// Text into the clipboard of the operator's own terminal.
import { spawn } from 'node:child_process'

/** What terminals take in one OSC 52 (bytes before base64, less what surrounds them). */
const MOST = 74_994

/**
 * Copy `text`: by tmux where we run inside it, which drops OSC 52 from programs, else by OSC 52 through `write`.
 * @throws when it is too long, or tmux fails
 */
export async function copyText(
  text: string,
  env: NodeJS.ProcessEnv,
  write: (text: string) => void,
): Promise<void> {
  const bytes = Buffer.from(text)
  if ((env['TMUX'] ?? '') !== '') {
    await loadBuffer(bytes)
    return
  }
  if (bytes.length > MOST)
    throw new Error(`${bytes.length} bytes are too many for a terminal's clipboard: at most ${MOST}`)
  write(`\x1b]52;c;${bytes.toString('base64')}\x07`)
}

/** `-w`: into the clipboard of the terminal around tmux, too. */
async function loadBuffer(bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const tmux = spawn('tmux', ['load-buffer', '-w', '-'], { stdio: ['pipe', 'ignore', 'ignore'] })
    tmux.once('error', () => reject(new Error('tmux did not take the text: it cannot be started')))
    tmux.once('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`tmux did not take the text: status ${code}`))
    })
    // It ended before it had read all: its status says so.
    tmux.stdin.on('error', () => undefined)
    tmux.stdin.end(bytes)
  })
}
