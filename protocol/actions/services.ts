// Action `services`: what systemd runs on a machine: the list, the state of one, and starting or stopping it.
import * as v from 'valibot'
import { amount, defineAction, nothing, pid, text, whole } from '../action.ts'

export const SERVICE_VERBS = ['start', 'stop', 'restart'] as const

/** The name of a unit as systemd spells it, which no option of systemctl looks like. Source: systemd.unit(5). */
export const unit = v.pipe(v.string(), v.regex(/^[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]{0,254}$/))

const word = text(64)

const service = v.strictObject({
  unit: text(256),
  description: text(1024),
  /** systemd's own words: loaded, not-found, masked · active, inactive, failed · running, exited, dead. */
  load: word,
  active: word,
  sub: word,
})

export const services = defineAction({
  name: 'services',
  request: v.variant('do', [
    v.strictObject({ do: v.literal('list') }),
    v.strictObject({ do: v.literal('status'), unit }),
    v.strictObject({ do: v.picklist(SERVICE_VERBS), unit }),
  ]),
  input: nothing,
  /** Parts of the list. */
  output: v.pipe(v.array(service), v.maxLength(4096)),
  /** The state of the one asked about: for a verb, after it. */
  result: v.strictObject({
    service: v.optional(
      v.strictObject({
        ...service.entries,
        /** enabled, disabled, static …; empty where systemd says nothing. */
        enabled: word,
        /** Its main process; how long it has been as it is (s); memory (bytes) and tasks, if systemd counts them. */
        pid: v.optional(pid),
        since: v.optional(amount),
        memory: v.optional(amount),
        tasks: v.optional(whole(0, 2 ** 31)),
      }),
    ),
  }),
  needs: (request) =>
    request.do === 'list' || request.do === 'status'
      ? { role: 'viewer', rule: 'facts' }
      : { role: 'operator', rule: 'control' },
})
