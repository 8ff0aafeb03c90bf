// A passphrase for a new key: given, or asked for twice on a terminal.
import { RconsoleError } from '../protocol/errors.ts'
import { askSecret, type Io } from './io.ts'

/** @throws USAGE when there is none, or the two differ */
export async function newPassphrase(io: Io, whose: 'signer' | 'operator'): Promise<string> {
  const passphrase = await chosenPassphrase(io, whose)
  if (passphrase !== undefined) return passphrase
  throw new RconsoleError(
    'USAGE',
    'expected a passphrase, got nothing; --no-passphrase leaves the key unsealed',
  )
}

/** The same where nothing is an answer, too: undefined leaves the key unsealed. @throws USAGE */
export async function chosenPassphrase(io: Io, whose: 'signer' | 'operator'): Promise<string | undefined> {
  const given = io.env['RCONSOLE_PASSPHRASE']
  if (given !== undefined && given !== '') return given
  const instead = 'set RCONSOLE_PASSPHRASE, or --no-passphrase to leave the key unsealed'
  const first = await askSecret(io, `passphrase for the ${whose}’s key`, instead)
  if (first === '') return undefined
  const second = await askSecret(io, 'the same again', instead)
  if (first !== second) throw new RconsoleError('USAGE', 'the two passphrases differ: nothing was made')
  return first
}
