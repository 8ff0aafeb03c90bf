// What goes on inside one machine, as the console gives it to the UI; asked for while somebody looks.
import type { OutputOf, ResultOf } from '../../protocol/actions/index.ts'

export type Metrics = OutputOf<'metrics'>
export type Process = OutputOf<'processes'>['processes'][number]
export type Filesystem = ResultOf<'disks'>['filesystems'][number]
export type Socket = OutputOf<'net'>[number]
export type Service = OutputOf<'services'>[number]
export type Facts = ResultOf<'facts'>
export type RunThere = ResultOf<'runs'>['runs'][number]

/** Signals that have a key. */
export type SignalWord = 'TERM' | 'KILL'

export interface ProcessQuery {
  readonly sort: 'cpu' | 'memory' | 'pid'
  /** Only those whose name, user or arguments contain it; '' for all. */
  readonly filter: string
}

/** Of one machine. What is asked rejects with a line to show; streams end when `signal` is aborted. */
export interface Insides {
  metrics(signal: AbortSignal): AsyncIterable<Metrics>
  /** The first of them by `sort`, again and again. */
  processes(query: ProcessQuery, signal: AbortSignal): AsyncIterable<readonly Process[]>
  filesystems(signal: AbortSignal): Promise<readonly Filesystem[]>
  sockets(signal: AbortSignal): Promise<readonly Socket[]>
  services(signal: AbortSignal): Promise<readonly Service[]>
  facts(signal: AbortSignal): Promise<Facts>
  /** This operator's, newest first. */
  runs(signal: AbortSignal): Promise<readonly RunThere[]>
  /** Send a signal to just this process; its name. */
  signal(process: Process, word: SignalWord): Promise<string>
}
