// Serves action `history`: the receipts of this machine, as far as the operator may see them.
import type { OutputOf } from '../../protocol/actions/index.ts'
import { HISTORY_BATCH, HISTORY_BATCH_BYTES } from '../../protocol/actions/history.ts'
import type { Handler } from '../handler.ts'

export const history: Handler<'history'> = async function* history({ since = 0 }, { receipts, signal }) {
  const { head } = receipts
  let batch: OutputOf<'history'>['receipts'] = []
  let bytes = 0
  for await (const receipt of receipts.shown(since)) {
    signal.throwIfAborted()
    const size = 'jws' in receipt ? receipt.jws.length : receipt.hash.length
    if (batch.length === HISTORY_BATCH || (batch.length > 0 && bytes + size > HISTORY_BATCH_BYTES)) {
      yield { receipts: batch }
      batch = []
      bytes = 0
    }
    batch.push(receipt)
    bytes += size
  }
  if (batch.length > 0) yield { receipts: batch }
  return head === undefined ? {} : { head }
}
