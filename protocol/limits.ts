// Every limit of the wire in one place: value, unit, reason, and how it relates to its neighbours.

export const KiB = 1024
export const MiB = 1024 * KiB

/** One Socket.IO packet (bytes): a sealed message of the largest size, its padding (at most 12 %) and its headers. */
export const PACKET_BYTES = 320 * KiB
/** One sealed message (bytes) before padding. A larger one travels as fragments of this size. */
export const MESSAGE_BYTES = 256 * KiB
/** One message put together from fragments (bytes): a run may carry 1 MiB of arguments and its environment. */
export const ASSEMBLED_BYTES = 2 * MiB
/** What a receiver grants a stream before it has consumed anything (bytes); also the most it ever has outstanding. */
export const STREAM_WINDOW = 1 * MiB
/** Messages kept for sending again until acknowledged (bytes, each counted as its length + 256). Several windows,
 *  so that credit, not this, is what slows a sender down. */
export const UNACKED_BYTES = 24 * MiB
/** Streams open at once in one session. */
export const SESSION_STREAMS = 256
/** Sessions one agent holds at once; the oldest idle one goes first. */
export const AGENT_SESSIONS = 1024
/** Bytes one program may have waiting in the agent before it is paused: four pipe buffers. */
export const OUTPUT_BUFFER = 256 * KiB

/** What an agent keeps of a run's output unless told otherwise, and at most (bytes). */
export const KEEP_BYTES = 64 * MiB
export const KEEP_MOST_BYTES = 1024 * MiB
/** An output of at most this many bytes may come with the answer that says only what it comes to. */
export const RUN_INLINE_BYTES = 64 * KiB
/** The output that `alike` looks at (bytes): it has to be seen as a whole. */
export const ALIKE_BYTES = 1 * MiB
/** All that an agent keeps of ended runs (bytes), and how long (ms): until acknowledged and a day old, or a week. */
export const KEPT_BYTES = 1024 * MiB
export const KEPT_MS = 7 * 24 * 60 * 60_000
export const KEPT_ACKNOWLEDGED_MS = 24 * 60 * 60_000
/** The id of a run is remembered this long (ms): longer than anything that could bring it back. */
export const RUN_ID_MS = 8 * 24 * 60 * 60_000
/** How often an answer that is not a stream says that the run goes on (ms). */
export const RUNNING_MS = 2_000

/** Bytes that may wait at the relay for one connection before that connection is closed as too slow. */
export const RELAY_WAITING_BYTES = 32 * MiB
/** A connection that has not been admitted: how long it may live (ms), how large a packet it may send (bytes),
 *  and how many there may be at once. Never counted per address: a whole site sits behind one NAT. */
export const UNADMITTED_MS = 10_000
export const UNADMITTED_BYTES = 1 * KiB
export const UNADMITTED_COUNT = 1_000
/** Agents let in each second, and a few hundred at once before that; the others are told when to come back. Consoles are not
 *  held up. Half of what one core manages. */
export const ADMITTED_PER_SECOND = 500

/** A signed statement in compact form (bytes); the fleet document is the largest. Checked when signed, too. */
export const STATEMENT_BYTES = 16 * KiB
export const FLEET_BYTES = 96 * KiB

/** The first message of a session rides in its hello up to this size (bytes): the fleet document may have to ride along. */
export const FIRST_BYTES = MESSAGE_BYTES - FLEET_BYTES

/** Time left to an effect from the moment it was asked for, by the agent's clock (ms): what a relay can delay it by. */
export const EFFECT_MS = 60_000
/** A sealed empty frame is sent after this much silence (ms), so that the deadline of silence is never met by accident. */
export const KEEPALIVE_MS = 8_000
/** Without progress for this long while something is under way, the transport is given up and resumed (ms). */
export const STALL_MS = 20_000
/** A session is resumed at most this often (ms). */
export const RESUME_MS = 5_000
/** A key of a session is replaced by a new handshake after this much use (frames, ms): far below what GCM allows. */
export const REKEY_FRAMES = 2 ** 31
export const REKEY_MS = 12 * 60 * 60_000
/** A session without a transport is kept this long (ms). */
export const SESSION_LOST_MS = 15 * 60_000
/** The same when the relay said that the console left (ms); `--grace` changes it. */
export const SESSION_GONE_MS = 60_000
/** A tied run ends this long after its console left (ms): one quick reconnect fits in. */
export const TIED_GONE_MS = 5_000
/** The life of a prekey (ms), and how long the one before it still opens a hello (ms). */
export const PREKEY_MS = 60 * 60_000
export const PREKEY_OVERLAP_MS = 2 * 60_000
/** A presence older than this is not sealed to (ms): two lives of a prekey. */
export const PRESENCE_MS = 2 * 60 * 60_000
/** New handshakes a second that an agent looks at: each costs it about 0.4 ms. */
export const HANDSHAKES_PER_SECOND = 50

/** Reconnecting (ms): the first delay is drawn from 0 to FIRST, doubled up to MOST; full jitter. */
export const RECONNECT_FIRST_MS = 2_000
export const RECONNECT_MOST_MS = 60_000

/** One file of the relay's audit, and of an agent's receipts, before it is set aside (bytes); two of each are kept. */
export const AUDIT_FILE_BYTES = 16 * MiB
export const RECEIPTS_FILE_BYTES = 32 * MiB
/** Of both, at least this many of the newest entries are always there: who has fewer and not the first has lost some. */
export const AUDIT_LEAST = 2_000
/** The text of a request in a receipt (bytes): a longer one is cut, its hash and signature stay. */
export const RECEIPT_TEXT_BYTES = 8 * KiB
/** One file of what a console has asked (bytes); two are kept. */
export const ASKED_FILE_BYTES = 4 * MiB
