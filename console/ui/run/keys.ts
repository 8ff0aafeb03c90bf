// The keys of a run, of the line it begins with, and of the list of runs.
import { MOVE_KEYS } from '../move-keys.ts'
import { keyTable } from '../page.ts'

export const COMMAND_KEYS = keyTable([
  {
    key: ['enter'],
    label: 'Enter',
    description: 'run it there',
    command: 'start',
    footer: 'run',
    changes: true,
  },
  { key: ['up'], label: '↑', description: 'an earlier line', command: 'older', footer: 'earlier' },
  { key: ['down'], label: '↓', description: 'a later line', command: 'newer' },
  {
    key: ['tab'],
    label: 'Tab',
    description: 'complete from earlier',
    command: 'complete',
    footer: 'complete',
  },
  { key: ['escape', 'C-c'], label: 'Esc', description: 'do not', command: 'leave', footer: 'back' },
])

export const RUN_KEYS = keyTable([
  { key: ['enter'], label: 'Enter', description: 'all of an answer', command: 'expand', footer: 'expand' },
  { key: ['k', 'up'], label: 'k ↑', description: 'the group above', command: 'up' },
  { key: ['j', 'down'], label: 'j ↓', description: 'the group below', command: 'down' },
  { key: ['pageup', 'C-u'], label: 'PgUp', description: 'a page up', command: 'pageUp' },
  { key: ['pagedown', 'C-d'], label: 'PgDn', description: 'a page down', command: 'pageDown' },
  { key: ['wheelup'], label: 'wheel', description: 'scroll', command: 'scrollUp' },
  { key: ['wheeldown'], label: 'wheel', description: 'scroll', command: 'scrollDown', visible: false },
  { key: ['click'], label: 'click', description: 'select; again: all', command: 'select' },
  { key: ['d'], label: 'd', description: 'differences from most', command: 'diff', footer: 'diff' },
  {
    key: ['f'],
    label: 'f',
    description: 'again where it failed',
    command: 'retry',
    footer: 'retry failed',
    changes: true,
  },
  { key: ['a'], label: 'a', description: 'again on all of them', command: 'again', changes: true },
  { key: ['o'], label: 'o', description: 'mark the odd machines', command: 'odd', footer: 'mark odd' },
  { key: ['w'], label: 'w', description: 'save the output', command: 'save', footer: 'save' },
  { key: ['y'], label: 'y', description: 'copy the answer', command: 'copy' },
  {
    key: ['C-c'],
    label: 'Ctrl-C',
    description: 'end it everywhere',
    command: 'stop',
    footer: 'stop',
    changes: true,
  },
])

export const SAVE_KEYS = keyTable([
  { key: ['enter'], label: 'Enter', description: 'save to that folder', command: 'write', footer: 'save' },
  { key: ['escape', 'C-c'], label: 'Esc', description: 'do not', command: 'cancel', footer: 'back' },
])

export const RUNS_KEYS = keyTable([
  { key: ['enter'], label: 'Enter', description: 'look at it', command: 'open', footer: 'open' },
  ...MOVE_KEYS,
  {
    key: ['click'],
    label: 'click',
    description: 'select; again: look at it',
    command: 'select',
    visible: false,
  },
])
