// Answers folded as they land: machines whose exit and output are the same are one group, with one body.
import { OutputDigest } from '../../protocol/digest.ts'
import type { RunReport } from '../../protocol/run-report.ts'
import { byName } from '../ranges.ts'
import type { FanState } from './states.ts'

/** Bodies that are kept for showing, each and together (bytes); a larger one is fetched when it is shown. */
export const BODY_BYTES = 1024 * 1024
const BODIES_BYTES = 64 * 1024 * 1024

export interface Member {
  readonly id: string
  readonly name: string
}

/** Output of a program, as it comes. */
export interface Printed {
  readonly fd: 1 | 2
  readonly data: Uint8Array
}

export interface Body {
  readonly stdout: Buffer
  readonly stderr: Buffer
}

export interface Group {
  readonly state: FanState
  readonly report: RunReport
  readonly members: Member[]
  /** What one member printed, checked against the digest; absent while it is not here. */
  body: Body | undefined
  /** Not all of one digest: the same only with times and numbers masked. */
  isAlike: boolean
  /** Its output was not what its digest said: it stands alone. */
  readonly isFalse: boolean
}

export class Groups {
  readonly #groups = new Map<string, Group>()
  readonly #isAlike: boolean
  #kept = 0

  constructor(isAlike: boolean) {
    this.#isAlike = isAlike
  }

  /** The largest first; of the same size by the name of the first member. */
  get sorted(): Group[] {
    for (const { members } of this.#groups.values())
      members.sort((one, other) => byName(one.name, other.name))
    return [...this.#groups.values()].toSorted(
      (one, other) =>
        other.members.length - one.members.length ||
        byName(one.members[0]?.name ?? '', other.members[0]?.name ?? ''),
    )
  }

  /** The `most` largest, found in one pass: there may be as many groups as machines. */
  largest(most: number): Group[] {
    const found: Group[] = []
    for (const group of this.#groups.values()) {
      const at = found.findIndex(({ members }) => members.length < group.members.length)
      if (at >= 0) found.splice(at, 0, group)
      else if (found.length < most) found.push(group)
      if (found.length > most) found.pop()
    }
    return found
  }

  /** The group that `member` is in, with its report and, if it came along, its output. */
  add(member: Member, state: FanState, report: RunReport, body: Body | undefined): Group {
    const isFalse = body !== undefined && !isTrue(report, body)
    const key = isFalse ? member.id : this.#keyOf(report)
    const group = this.#groups.get(key) ?? {
      state,
      report,
      members: [],
      body: undefined,
      isAlike: false,
      isFalse,
    }
    this.#groups.set(key, group)
    group.members.push(member)
    if (group.report.output.digest !== report.output.digest) group.isAlike = true
    if (body !== undefined) this.keep(group, body)
    return group
  }

  /** Keep a body that was checked, if there is room. */
  keep(group: Group, body: Body): void {
    const bytes = body.stdout.length + body.stderr.length
    if (group.body !== undefined || bytes > BODY_BYTES || this.#kept + bytes > BODIES_BYTES) return
    this.#kept += bytes
    group.body = body
  }

  /** The output that `member` sent is not what its digest said: it becomes a group of its own. */
  part(group: Group, member: Member, body: Body | undefined): void {
    group.members.splice(group.members.indexOf(member), 1)
    const alone: Group = { ...group, members: [member], body: undefined, isAlike: false, isFalse: true }
    this.#groups.set(member.id, alone)
    if (body !== undefined) this.keep(alone, body)
    if (group.members.length > 0) return
    for (const [key, held] of this.#groups) if (held === group) this.#groups.delete(key)
  }

  #keyOf({ state, code, signal, output }: RunReport): string {
    const digest = (this.#isAlike ? output.alike : undefined) ?? output.digest
    return JSON.stringify([state, code, signal, digest])
  }
}

/** A digest as the agent must have come to it. */
export class Check {
  readonly #digest: OutputDigest
  readonly #report: RunReport

  constructor(report: RunReport) {
    this.#report = report
    this.#digest = new OutputDigest({ names: report.output.masked })
  }

  push({ fd, data }: Printed): void {
    this.#digest.push(fd, data)
  }

  isTrue(): boolean {
    const { output } = this.#report
    const { stdout, stderr, digest } = this.#digest.end()
    return stdout === output.stdout && stderr === output.stderr && digest === output.digest
  }
}

function isTrue(report: RunReport, { stdout, stderr }: Body): boolean {
  const check = new Check(report)
  check.push({ fd: 1, data: stdout })
  check.push({ fd: 2, data: stderr })
  return check.isTrue()
}
