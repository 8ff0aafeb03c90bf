// Serves action `logs`: the journal, one unit of it, or a file below /var/log.
import { RconsoleError } from '../../protocol/errors.ts'
import type { RequestOf } from '../../protocol/actions/index.ts'
import type { Handler } from '../handler.ts'
import { readJournal } from '../journal.ts'
import { readLog } from '../log-file.ts'
import { unitName } from '../systemd.ts'

export const logs: Handler<'logs'> = async function* (request, { signal }) {
  for await (const data of source(request, signal)) yield { fd: 1, data }
  return {}
}

function source(
  { of, lines, grep, since, follow = false }: RequestOf<'logs'>,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, void> {
  if (of === undefined || 'unit' in of) {
    const after = since === undefined ? undefined : Date.now() - since
    return readJournal({ unit: of && unitName(of.unit), lines, grep, since: after, follow }, signal)
  }
  if (since !== undefined)
    throw new RconsoleError(
      'USAGE',
      '--since: the lines of a file have no age that can be trusted; use -n or --grep',
    )
  return readLog({ path: of.path, lines, grep, follow }, signal)
}
