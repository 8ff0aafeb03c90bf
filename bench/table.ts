// Rows of figures as lines of text, for a terminal and for docs/performance.md.
import { isMet, type Row, type Spread } from './measure.ts'

/** For a terminal. */
export function lineOf(row: Row): string {
  return cellsOf(row).join(' | ')
}

/** Target, what, ours, peer, ratio, goal. */
export function cellsOf(row: Row): string[] {
  const { target, what, unit, ours, peer, ratio } = row
  const theirs =
    peer === undefined ? '-' : `${peer.name}: ${'missing' in peer ? peer.missing : figure(peer.spread, unit)}`
  return [
    target,
    what,
    figure(ours, unit),
    theirs,
    ratio === undefined ? '-' : figure(ratio, ''),
    goalText(row),
  ]
}

function goalText(row: Row): string {
  const { goal } = row
  if (goal === undefined) return '-'
  const bound = goal.most === undefined ? `≥ ${goal.least ?? ''}` : `≤ ${goal.most}`
  const met = isMet(row)
  return `${bound}${goal.of === 'ratio' ? ' x' : ''}${met === undefined ? '' : met ? ', met' : ', **missed**'}`
}

function figure({ median, low, high, n }: Spread, unit: string): string {
  const middle = `${short(median)}${unit === '' ? '' : ` ${unit}`}`
  return n < 2 ? middle : `${middle} (${short(low)}–${short(high)})`
}

/** Three digits that mean something. */
function short(value: number): string {
  if (value === 0) return '0'
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(value >= 10 ? 3 : 2)))
}
