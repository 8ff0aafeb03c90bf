// A name that stays where it is put.
import { RconsoleError } from '../errors.ts'

/** One component of a path: not empty, not `.` or `..`, no separator. @throws NO_ACCESS */
export function safeName(name: string): string {
  const isUnsafe = name === '' || name === '.' || name === '..' || name.includes('/')
  if (!isUnsafe && !(process.platform === 'win32' && /[\\:]/.test(name))) return name
  throw new RconsoleError('NO_ACCESS', `unsafe name ${JSON.stringify(name)}`)
}
