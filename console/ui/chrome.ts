// What stands around the views: the header, the foot, and what is shown instead of a list.
import type { Fleet, RelayState } from './fleet.ts'
import { columns, wrap } from './glyphs.ts'
import { clean } from '../../protocol/clean.ts'
import type { Ui } from './page.ts'
import type { Canvas } from './paint.ts'
import type { Styles } from './style.ts'

/** ` rconsole ● relay.example 12 ms   machines › web` and, at the right, `4 of 6 online`. */
export function paintHeader(
  canvas: Canvas,
  { styles, theme }: Ui,
  header: { relay: RelayState; where: string; right: string },
): void {
  const style = styles.of(theme.bar)
  const right = clean(` ${header.right} `)
  const width = Math.max(1, canvas.width - columns(right))
  canvas.put({ x: 0, y: 0, width, style }, ` rconsole ${relayText(header.relay)}   ${header.where}`)
  canvas.put({ x: width, y: 0, style }, right)
}

/** No machine yet: what to do about it. */
export function paintFirstRun(canvas: Canvas, styles: Styles, fleet: Fleet): void {
  const lines = [
    '',
    '',
    'No machine has joined this fleet yet.',
    '',
    'On the machine that you want to operate, run:',
    '',
    ...fleet.joinHint
      .split('\n')
      .flatMap((line) => wrap(clean(line), canvas.width - 10))
      .map((line) => `  ${line}`),
    '',
    'Waiting … this screen becomes the list by itself when the first one joins.',
  ]
  for (let y = 0; y < canvas.height; y++) {
    const line = lines[y] ?? ''
    const style = styles.of({ bold: line.startsWith('  ') })
    canvas.put({ x: 0, y }, '')
    if (line !== '') canvas.put({ x: 4, y, style }, line)
  }
}

/** Too small for anything else. */
export function paintTooSmall(canvas: Canvas, text: string): void {
  const lines = wrap(text, canvas.width)
  for (let y = 0; y < canvas.height; y++) canvas.put({ x: 0, y }, lines[y] ?? '')
}

function relayText({ url, up, rtt }: RelayState): string {
  const host = URL.canParse(url) ? new URL(url).host : url
  if (!up) return `○ ${host} unreachable`
  return rtt === undefined ? `● ${host}` : `● ${host} ${Math.round(rtt)} ms`
}
