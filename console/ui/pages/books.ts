// History, tokens and operators as pages of rows.
import type { Books, DoneRow, OperatorRow, TokenRow } from '../books.ts'
import { commandLine } from '../command-line.ts'
import type { MachineRow } from '../fleet.ts'
import type { Ui } from '../page.ts'
import { age, clock } from '../states.ts'
import { RowsPage } from './rows.ts'

/** What was done to `machines`; to all of the fleet without. */
export function historyPage(ui: Ui, books: Books, machines: readonly MachineRow[]): RowsPage<DoneRow> {
  const names = machines.map(({ name }) => name)
  return new RowsPage(ui, {
    title:
      names.length === 0
        ? 'history'
        : `history of ${names.slice(0, 3).join(', ')}${names.length > 3 ? ' …' : ''}`,
    columns: [
      { title: 'TIME', width: 8, text: ({ at }) => timeOf(at, ui.now()) },
      { title: 'WHO', width: 8, grows: false, text: ({ operator }) => operator },
      { title: 'MACHINE', width: 12, text: ({ machine }) => machine },
      { title: 'ACTION', width: 9, text: ({ action }) => action },
      {
        title: 'OUTCOME',
        width: 12,
        text: ({ outcome }) => outcome,
        look: ({ isGood }) => (isGood ? {} : ui.theme.bad),
      },
      { title: 'WHAT', width: 14, grows: true, text: ({ what }) => what },
    ],
    idOf: ({ id }) => id,
    detail: ({ at, operator, machine, action, outcome, what }) => [
      `${new Date(at).toString().slice(0, 24)}  ${operator} on ${machine}: ${action}, ${outcome}`,
      what,
    ],
    read: books.history(machines.map(({ id }) => id)),
    empty: [
      'Nothing was done yet.',
      '',
      'Each machine keeps signed receipts of what was asked of it; they are read from there.',
    ],
    equivalent: commandLine('history', ...names),
  })
}

export function tokensPage(ui: Ui, books: Books): RowsPage<TokenRow> {
  return new RowsPage(ui, {
    title: 'tokens',
    columns: [
      { title: 'ID', width: 8, text: ({ id }) => id },
      {
        title: 'STATE',
        width: 8,
        text: ({ state }) => state,
        look: ({ state }) => (state === 'open' ? ui.theme.good : ui.theme.quiet),
      },
      {
        title: 'LEFT',
        width: 8,
        text: ({ state, until }) => (state === 'open' ? leftOf(until, ui.now()) : '–'),
      },
      {
        title: 'USES',
        width: 7,
        text: ({ uses, max }) => (max === undefined ? `${uses}` : `${uses} of ${max}`),
      },
      { title: 'BY', width: 8, text: ({ by }) => by },
      { title: 'LABELS', width: 12, grows: true, text: ({ labels }) => labels },
      { title: 'MACHINES', width: 12, grows: true, text: ({ machines }) => machines.join(', ') },
    ],
    idOf: ({ id }) => id,
    detail: ({ id, by, until, waits, machines, state }) => [
      `${id} by ${by}, ${state}, until ${new Date(until).toString().slice(0, 21)}${waits ? '; machines wait until an admin accepts them' : ''}`,
      machines.length === 0 ? 'No machine came with it.' : `With it came ${machines.join(', ')}.`,
    ],
    read: books.tokens,
    empty: [
      'There is no token.',
      '',
      'With a token a machine joins the fleet. This makes one, and prints the line to run there:',
      '',
      '  rconsole token new --label env=prod',
    ],
    equivalent: 'rconsole token ls',
  })
}

export function operatorsPage(ui: Ui, books: Books): RowsPage<OperatorRow> {
  return new RowsPage(ui, {
    title: 'operators',
    columns: [
      { title: 'NAME', width: 12, grows: true, text: ({ name, isYou }) => (isYou ? `${name} (you)` : name) },
      { title: 'ROLE', width: 16, text: ({ role, isToken }) => (isToken ? `${role} (token)` : role) },
      { title: 'SCOPE', width: 14, grows: true, text: ({ scope }) => (scope === '' ? 'all' : scope) },
      {
        title: 'UNTIL',
        width: 11,
        text: ({ isRevoked, until }) => (isRevoked ? 'revoked' : leftOf(until, ui.now())),
        look: ({ isRevoked }) => (isRevoked ? ui.theme.bad : {}),
      },
      { title: 'KEY', width: 10, grows: true, text: ({ key }) => key },
    ],
    idOf: ({ key }) => key,
    detail: ({ name, role, scope, until, isRevoked, key }) => [
      `${name}: ${role}${scope === '' ? '' : ` on ${scope}`}, ${isRevoked ? 'revoked' : `until ${new Date(until).toString().slice(0, 21)}`}`,
      `key ${key}`,
    ],
    read: books.operators,
    empty: [
      'There is no operator.',
      '',
      'On the computer of the signer:',
      '',
      '  rconsole operator add NAME KEY --role operator',
    ],
    equivalent: 'rconsole operator ls',
  })
}

/** Clock time with seconds today, else the date. */
function timeOf(at: number, now: number): string {
  const short = clock(at, now)
  return short.includes(':') ? new Date(at).toTimeString().slice(0, 8) : short
}

function leftOf(until: number, now: number): string {
  return until <= now ? 'over' : age(until - now)
}
