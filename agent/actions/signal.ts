// Serves action `signal`: to one process, and never to another that has its number by now.
import { userInfo } from 'node:os'
import { RconsoleError, systemCode } from '../../protocol/errors.ts'
import { answer } from '../answer.ts'
import { readProcess } from '../proc/processes.ts'
import { cut } from '../proc/read.ts'
import { needLinux } from '../unsupported.ts'

export const signal = answer<'signal'>(({ pid, start, signal: word }) => {
  needLinux('processes')
  if (pid === process.pid)
    throw new RconsoleError('POLICY', `${pid} is the agent itself: rconsole kill or reset ends it`)
  if (pid === 1)
    throw new RconsoleError(
      'POLICY',
      '1 is the machine’s init, which everything else depends on: not from here',
    )
  // Read and signalled in one go, so that the kernel would have to use the number again within microseconds.
  const found = readProcess(pid)
  if (found === undefined || found.start !== start)
    throw new RconsoleError(
      'NOT_FOUND',
      `process ${pid} has ended${found ? '; its number is another’s now' : ''}`,
    )
  send(pid, `SIG${word}`)
  return { name: cut(found.name, 256) }
})

function send(pid: number, word: NodeJS.Signals): void {
  try {
    process.kill(pid, word)
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ESRCH') throw new RconsoleError('NOT_FOUND', `process ${pid} has ended`, { cause: error })
    if (code !== 'EPERM') throw error
    const { username } = userInfo()
    throw new RconsoleError('NO_ACCESS', `the agent's user ${username} may not signal process ${pid}`, {
      cause: error,
    })
  }
}
