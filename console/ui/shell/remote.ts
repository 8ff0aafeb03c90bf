// A shell on a machine, as the UI is given it; what stands behind it is not the UI's.

export interface Size {
  readonly cols: number
  readonly rows: number
}

/** What goes to a shell: bytes that were typed, or that its terminal has another size. */
export type ShellInput =
  | { readonly fd: 0; readonly data: Uint8Array<ArrayBuffer> }
  | { readonly resize: Size }

export interface Shells {
  /**
   * Open a shell: what it prints, then in words how it ended (`exit 0`). Asking for no more holds its program up.
   * An abort of `signal` ends it. A lost connection is waited for; @throws what to show when the shell is lost with it.
   */
  open(
    machineId: string,
    size: Size,
    input: AsyncIterable<ShellInput>,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, string, void>
}
