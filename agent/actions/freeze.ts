// Serves `freeze`: on the disk before it is answered; what it ends, ends while the answer is on its way.
import { answer } from '../answer.ts'

export const freeze = answer<'freeze'>(({ word, killRuns }, { operator, works, freezer }) => {
  const isNew = word === 'freeze' && freezer.frozen === undefined
  const counts = { runs: works.count('run'), shells: isNew ? works.count('shell') : 0 }
  if (word === 'unfreeze') freezer.unfreeze()
  else freezer.freeze(operator.name, killRuns === true)
  const { frozen } = freezer
  return { ...counts, ...(frozen && { frozen: { by: frozen.by, at: frozen.at } }) }
})
