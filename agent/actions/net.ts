// Serves action `net`: sockets with the users and processes that hold them.
import { MOST_SOCKETS } from '../../protocol/actions/net.ts'
import type { RequestOf } from '../../protocol/actions/index.ts'
import type { Handler } from '../handler.ts'
import { parts } from '../parts.ts'
import { readProcess } from '../proc/processes.ts'
import { cut } from '../proc/read.ts'
import { holdersOf, isListening, readSockets, type Socket } from '../proc/sockets.ts'
import { userNames } from '../proc/users.ts'
import { needLinux } from '../unsupported.ts'

export const net: Handler<'net'> = async function* ({ show }) {
  needLinux('sockets')
  const all = await readSockets()
  const shown = all.filter((socket) => isShown(socket, show)).slice(0, MOST_SOCKETS)
  const inodes = new Set(shown.map(({ inode }) => inode).filter((inode) => inode !== 0))
  const [holders, nameOf] = await Promise.all([holdersOf(inodes), userNames()])
  const names = new Map([...new Set(holders.values())].map((pid) => [pid, readProcess(pid)?.name]))
  const rows = shown.map(({ protocol, state, local, remote, uid, inode }) => {
    const pid = holders.get(inode)
    const name = pid === undefined ? undefined : names.get(pid)
    return {
      protocol,
      state,
      local,
      remote,
      user: cut(nameOf(uid), 256),
      ...(pid !== undefined && name !== undefined && { process: { pid, name: cut(name, 256) } }),
    }
  })
  yield* parts(rows)
  const listening = all.filter(isListening).length
  return { all: all.length, listening, connected: all.length - listening }
}

function isShown(socket: Socket, show: RequestOf<'net'>['show']): boolean {
  return show === 'all' || isListening(socket) === (show === 'listening')
}
