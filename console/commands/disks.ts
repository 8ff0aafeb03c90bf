// rconsole disks: filesystems and how full they are, and the devices below them.
import { Command as Parser } from 'commander'
import type { ResultOf } from '../../protocol/actions/index.ts'
import { ask } from '../ask.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { gather } from '../gather.ts'
import { write, writeJson } from '../io.ts'
import { type Layout, writeTable } from '../rows.ts'
import { formatBytes, formatShare } from '../units.ts'

type Disks = ResultOf<'disks'>

export const disks: Command = {
  name: 'disks',
  uses: ['disks'],
  build: (act) =>
    new Parser('disks')
      .description('show filesystems, how full they are, and the disks below')
      .argument('<target...>', 'machines, as for ls')
      .option('--json', 'print one JSON object a machine')
      .action((targets: string[], flags: { json?: true }, parser: Parser) =>
        act(parser, (context) => show(context, targets, flags.json === true)),
      ),
}

async function show(context: Context, targets: readonly string[], isJson: boolean): Promise<number> {
  const { io } = context
  const { answers, status, isMany } = await gather(context, targets, (client, machine) =>
    ask(client, machine, 'disks', {}, io.signal),
  )
  if (isJson) {
    for (const { machine, value } of answers)
      await writeJson(io, { id: machine.id, name: machine.name, ...value })
    return status
  }
  const rooms = answers.map(({ machine, value }) => ({ machine, value: value.filesystems }))
  const devices = answers.map(({ machine, value }) => ({ machine, value: value.devices }))
  if (answers.length > 0) await writeTable(io, { answers: rooms, isMany }, FILESYSTEMS)
  if (devices.some(({ value }) => value.length > 0)) {
    await write(io.stdout, '\n')
    await writeTable(io, { answers: devices, isMany }, DEVICES)
  }
  return status
}

export const FILESYSTEMS: Layout<Disks['filesystems'][number]> = {
  folds: true,
  head: ['MOUNT', 'SIZE', 'USED', 'FREE', 'USE', 'TYPE', 'DEVICE'],
  right: ['SIZE', 'USED', 'FREE', 'USE'],
  cells: ({ mount, device, type, size }) => [
    mount,
    ...(size === undefined
      ? ['?', '?', '?', '?']
      : [formatBytes(size.total), formatBytes(size.used), formatBytes(size.available)]),
    ...(size === undefined ? [] : [formatShare(size.used, size.used + size.available)]),
    type,
    device,
  ],
}

const DEVICES: Layout<Disks['devices'][number]> = {
  folds: true,
  head: ['DEVICE', 'SIZE', 'KIND', 'MODEL'],
  right: ['SIZE'],
  cells: ({ name, size, kind, model, rotates, readonly }) => [
    name,
    formatBytes(size),
    `${kind}${rotates ? ', spins' : ''}${readonly ? ', read-only' : ''}`,
    model || '-',
  ],
}
