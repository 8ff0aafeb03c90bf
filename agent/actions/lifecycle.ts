// Serves `lifecycle`: say what will end, then let the agent obey.
import type { Handler } from '../handler.ts'

export const lifecycle: Handler<'lifecycle'> = async function* (order, { operator, works, lifecycle }) {
  const whose = order.word === 'disconnect' && order.for === undefined ? operator.key : undefined
  // A process that ends takes the pipes of its runs with it.
  const endsRuns = order.word === 'kill' || order.killRuns === true || order.restart === true
  lifecycle.obey(order, operator)
  return { runs: endsRuns ? works.count('run', whose) : 0, shells: works.count('shell', whose) }
}
