// Serves action `runs`: the runs this machine knows of, and the word that their results have been taken.
import { answer } from '../answer.ts'

export const runs = answer<'runs'>(({ ids, limit, all, acknowledge = [] }, { operator, runs }) => {
  runs.acknowledge(acknowledge, operator.key)
  return { runs: runs.list({ ids, limit, operator: all === true ? undefined : operator.key }) }
})
