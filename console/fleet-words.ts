// The fleet key as 24 words (BIP-39: 32 bytes with a checksum): printed once, and read again when signers change.
import { readFileSync } from 'node:fs'
import { RconsoleError, systemCode } from '../protocol/errors.ts'
import { type Identity, identity, seedOf } from '../protocol/keys.ts'
import { askSecret, type Io } from './io.ts'

export async function wordsOf(fleetKey: Identity): Promise<string> {
  const [{ entropyToMnemonic }, { wordlist }] = await load()
  return entropyToMnemonic(seedOf(fleetKey), wordlist)
}

/** The fleet key from `file`, or typed on a terminal. @throws USAGE when these are not 24 words of `init` */
export async function readWords(io: Io, file: string | undefined): Promise<Identity> {
  const text =
    file === undefined
      ? await askSecret(io, 'the fleet’s 24 words', 'give --words-file FILE')
      : readText(file)
  const [{ mnemonicToEntropy }, { wordlist }] = await load()
  try {
    return identity(mnemonicToEntropy(text.trim().toLowerCase().split(/\s+/).join(' '), wordlist))
  } catch (cause) {
    throw new RconsoleError(
      'USAGE',
      'expected the 24 words that `rconsole init` printed: one is missing, misspelt or out of place',
      { cause },
    )
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new RconsoleError(
      'USAGE',
      `--words-file: cannot read ${file}: ${systemCode(cause) ?? 'unknown error'}`,
      {
        cause,
      },
    )
  }
}

async function load(): Promise<
  [typeof import('@scure/bip39'), typeof import('@scure/bip39/wordlists/english.js')]
> {
  return await Promise.all([import('@scure/bip39'), import('@scure/bip39/wordlists/english.js')])
}
