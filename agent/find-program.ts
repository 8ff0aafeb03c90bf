// Where a program of this machine lies.
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, resolve } from 'node:path'

/** The path of a program: a name is looked up on `path`, one with a slash is taken from `folder`. */
export function findProgram(
  name: string,
  { path = process.env['PATH'] ?? '', folder = '/' }: { path?: string | undefined; folder?: string } = {},
): string | undefined {
  if (name.includes('/')) {
    const file = resolve(folder, name)
    return isProgram(file) ? file : undefined
  }
  const folders = path.split(delimiter).filter((one) => one !== '')
  return folders.map((one) => resolve(folder, one, name)).find(isProgram)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    // Absent or not ours to execute: either way not a program for us.
    return false
  }
}
