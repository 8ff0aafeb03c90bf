// How many agents are let in at once and each second: after a restart of the relay all of them come together.

/** Let in at once, before anyone has to wait. */
const BURST = 250

export class Pace {
  readonly #perSecond: number
  #room = BURST
  /** Those who were told to come back and are expected to. */
  #expected = 0
  #at = 0

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  /** 0: come in. Otherwise how long to stay away (ms): each is given a time of its own, behind those who were told before. */
  enter(now: number): number {
    const passed = (Math.max(0, now - this.#at) * this.#perSecond) / 1000
    this.#at = now
    this.#room = Math.min(BURST, this.#room + passed)
    this.#expected = Math.max(0, this.#expected - passed)
    if (this.#room >= 1) {
      this.#room--
      return 0
    }
    this.#expected++
    return Math.ceil((this.#expected * 1000) / this.#perSecond)
  }
}
