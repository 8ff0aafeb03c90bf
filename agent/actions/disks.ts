// Serves action `disks`: filesystems with their room, and block devices.
import { answer } from '../answer.ts'
import { disksElsewhere } from '../elsewhere.ts'
import { filesystems } from '../measure.ts'
import { readBlockDevices } from '../proc/block.ts'
import { cut } from '../proc/read.ts'

const MOST = 1024

export const disks = answer<'disks'>(async () => {
  if (process.platform !== 'linux') return await disksElsewhere()
  const [rooms, devices] = await Promise.all([filesystems(), readBlockDevices()])
  return {
    filesystems: rooms.slice(0, MOST),
    devices: devices
      .slice(0, MOST)
      .map(({ name, model, ...rest }) => ({ ...rest, name: cut(name, 256), model: cut(model, 256) })),
  }
})
