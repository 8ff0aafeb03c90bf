// Makes a handler of an action that only answers: no input, no output, one result.
import type { ActionName, RequestOf, ResultOf } from '../protocol/actions/index.ts'
import type { Context, Handler } from './handler.ts'

/** A handler whose result is what `work` resolves to. */
export function answer<N extends ActionName>(
  work: (request: RequestOf<N>, context: Context<N>) => ResultOf<N> | Promise<ResultOf<N>>,
): Handler<N> {
  return async function* (request, context) {
    yield* []
    return await work(request, context)
  }
}
