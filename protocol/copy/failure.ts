// What the system says about a file, as a person says it.
import { RconsoleError, systemCode } from '../errors.ts'

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'no permission',
  EPERM: 'not permitted',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file is larger than allowed there',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'is a folder',
  ELOOP: 'is a symbolic link',
  ENAMETOOLONG: 'the name is too long',
  EEXIST: 'is there already',
  EIO: 'the disk fails (EIO)',
}

/** One line on why; what is not of the system goes on. @throws the error itself when it is ours or a bug */
export function whyFailed(error: unknown): string {
  const code = systemCode(error)
  if (code === undefined) throw error
  return WORDS[code] ?? code
}

/** Whether nothing more can be written there. */
export function isFull(error: unknown): boolean {
  const code = systemCode(error)
  return code === 'ENOSPC' || code === 'EDQUOT'
}

/** A failure of the whole copy. */
export function failure(path: string, error: unknown): RconsoleError {
  const code = systemCode(error) === 'ENOENT' ? 'NO_FILE' : isFull(error) ? 'NO_SPACE' : 'NO_ACCESS'
  return new RconsoleError(code, `${path}: ${whyFailed(error)}`, { cause: error })
}
