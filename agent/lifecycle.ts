// The three orders an agent obeys about itself, as the handler sees them.
import type { RequestOf } from '../protocol/actions/index.ts'

export interface Lifecycle {
  /** Take the order: it takes effect once, after its answer has been acknowledged or 2 s have passed. */
  obey(order: RequestOf<'lifecycle'>, by: { readonly name: string; readonly key: string }): void
}
