// Packets that would end the process inside socket.io-client 4.8.4, which takes their content for granted.
import * as v from 'valibot'

/** A packet of engine.io, as its client shows it before it looks itself. */
interface Packet {
  type: string
  readonly data?: unknown
}

/** What an opening must have for the client to read it; a day between pings is more than any timer takes in good faith. */
const milliseconds = v.pipe(v.number(), v.minValue(0), v.maxValue(86_400_000))
const openingSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.looseObject({
    sid: v.string(),
    upgrades: v.array(v.string()),
    pingInterval: milliseconds,
    pingTimeout: milliseconds,
  }),
)

/** An answer (3, binary 6) or a refusal (4) of Socket.IO without any content. */
const EMPTY = /^[346][^[{"]*$/

/** Make nothing of what the client would fall over: any relay could end every agent with one byte. True if it was such. */
export function disarm(packet: Packet): boolean {
  const { type, data } = packet
  const isBadOpening = type === 'open' && !v.is(openingSchema, data)
  const isEmpty = type === 'message' && typeof data === 'string' && EMPTY.test(data)
  if (!isBadOpening && !isEmpty) return false
  packet.type = 'noop'
  return true
}
