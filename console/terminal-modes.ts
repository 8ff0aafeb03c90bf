// What gives a terminal back as it was, after a remote program has had it.

/** Modes that a program may have left on: mouse, focus, paste, keypad, alternate screen, hidden cursor, colours. */
export const RESTORE =
  '\u001b[?1000l\u001b[?1002l\u001b[?1003l\u001b[?1004l\u001b[?1006l\u001b[?2004l\u001b[?1l\u001b>\u001b[?1049l\u001b[?25h\u001b[m'
