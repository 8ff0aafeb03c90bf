// The time in the tests of the UI.

/** 23 November 2026, 15:00 here. */
export const NOW = new Date(2026, 10, 23, 15, 0).getTime()
