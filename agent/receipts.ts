// The receipts of this machine: what was asked of it, by whose signature, and how it ended, as a signed chain on its disk.
import { randomBytes } from 'node:crypto'
import { toBase64url } from '../protocol/bytes.ts'
import { ChainFile, type Head, hashLine } from '../protocol/chain-file.ts'
import { RconsoleError } from '../protocol/errors.ts'
import type { Identity } from '../protocol/keys.ts'
import { RECEIPT_TEXT_BYTES, RECEIPTS_FILE_BYTES } from '../protocol/limits.ts'
import { type Asked, issueReceipt, type Outcome, type Receipt, receiptClaims } from '../protocol/receipt.ts'
import { parseJson } from '../protocol/statement.ts'

/** Characters of a request that is too long for its receipt: however they are escaped, they fit. */
const CUT_CHARACTERS = 1_000

/** A request whose signature has been verified. */
export interface Request {
  readonly operator: { readonly name: string; readonly key: string }
  readonly action: string
  readonly request: string
  readonly by: number
  readonly hash: string
  readonly sig: string
}

export interface ReceiptsOptions {
  readonly path: string
  readonly fleet: string
  readonly identity: Identity
}

/** One receipt as an operator is shown it: those of others only as their hash. */
export type Shown = { readonly jws: string } | { readonly n: number; readonly hash: string }

export class Receipts {
  readonly #options: ReceiptsOptions
  readonly #file: ChainFile
  #missed = 0
  /** The number of the newest that a presence has told of. */
  #told = 0

  /** @throws HOME when the file's newest line is not a receipt */
  constructor(options: ReceiptsOptions) {
    this.#options = options
    this.#file = new ChainFile(options.path, RECEIPTS_FILE_BYTES, (line) => receiptClaims(line).n)
  }

  /** Whether there are some that no presence has told of. */
  get hasNews(): boolean {
    return this.#file.head.n !== this.#told
  }

  /** The head, for a presence to tell. */
  tell(): Head | undefined {
    const { head } = this
    this.#told = head?.n ?? 0
    return head
  }

  /** The newest that the disk has for certain: it is told to others. Undefined before there is one. */
  get head(): Head | undefined {
    try {
      this.#file.sync()
    } catch (error) {
      if (!(error instanceof RconsoleError)) throw error
      // A disk that is full or gone: what it had before is all that may be promised.
    }
    const { safe } = this.#file
    return safe.n === 0 ? undefined : safe
  }

  /**
   * Before an effect: on the disk for certain once this returns; the result is the receipt's number.
   * @throws DISK_FULL: what cannot be recorded is not done
   */
  started(request: Request): number {
    try {
      this.#append({ asked: recorded(request), outcome: { word: 'started' } })
      this.#file.sync()
      return this.#file.head.n
    } catch (cause) {
      throw new RconsoleError(
        'DISK_FULL',
        'this machine cannot write its receipts, and does nothing unrecorded',
        {
          cause,
        },
      )
    }
  }

  /** How the request of receipt `of` ended. A disk that takes nothing is counted, and told by the next that it takes. */
  ended(of: number, outcome: Outcome): void {
    this.#try(() => this.#append({ of, outcome }))
  }

  /** A request that was refused, or that changed nothing: one receipt, not waited for. */
  noted(request: Request, outcome: Outcome): void {
    this.#try(() => this.#append({ asked: recorded(request), outcome }))
  }

  /**
   * All from the first that is not older than `since` (ms), oldest first: whole for an admin, the operator's own for
   * everyone else.
   */
  async *shown(
    since: number,
    { key, isAdmin }: { key: string; isAdmin: boolean },
  ): AsyncGenerator<Shown, void, void> {
    const own = new Set<number>()
    let isIn = false
    for await (const line of this.#file.lines()) {
      const receipt = claims(line)
      if (receipt?.asked?.operator === key) own.add(receipt.n)
      isIn ||= receipt === undefined || receipt.t >= since
      if (!isIn) continue
      // Someone else wrote it: it has no number, and whoever asked sees that the chain ends here.
      if (receipt === undefined) yield { n: 0, hash: hashLine(line) }
      else if (isAdmin || own.has(receipt.n) || own.has(receipt.of ?? 0)) yield { jws: line }
      else yield { n: receipt.n, hash: hashLine(line) }
    }
  }

  #append(what: Pick<Receipt, 'asked' | 'of' | 'outcome'>): void {
    const { fleet, identity } = this.#options
    const missed = this.#missed === 0 ? {} : { missed: this.#missed }
    this.#file.append((n, prev) =>
      issueReceipt(identity, {
        fleet,
        agent: identity.public,
        n,
        prev,
        t: Date.now(),
        salt: toBase64url(randomBytes(16)),
        ...what,
        ...missed,
      }),
    )
    this.#missed = 0
  }

  #try(work: () => void): void {
    try {
      work()
    } catch (error) {
      if (!(error instanceof RconsoleError)) throw error
      this.#missed++
    }
  }
}

/** Without the values of variables, which are where people put secrets, and not longer than a receipt takes. */
function recorded({ operator, action, request, by, hash, sig }: Request): Asked {
  const { key, name } = operator
  const named = withoutValues(request)
  const isLong = Buffer.byteLength(JSON.stringify(named)) > RECEIPT_TEXT_BYTES
  const text = isLong ? named.slice(0, CUT_CHARACTERS) : named
  const isCut = text !== request
  return {
    operator: key,
    name: name.slice(0, 64),
    action,
    by,
    hash,
    sig,
    request: text,
    ...(isCut && { cut: true }),
  }
}

function withoutValues(request: string): string {
  const value = readable(request)
  if (typeof value !== 'object' || value === null || !('env' in value)) return request
  const { env } = value
  return JSON.stringify({ ...value, env: typeof env === 'object' && env !== null ? Object.keys(env) : [] })
}

function readable(request: string): unknown {
  try {
    return parseJson(request, 'request')
  } catch {
    // Refused for this very reason: kept as it came.
    return undefined
  }
}

function claims(line: string): Receipt | undefined {
  try {
    return receiptClaims(line)
  } catch {
    // Someone else wrote to the file.
    return undefined
  }
}
