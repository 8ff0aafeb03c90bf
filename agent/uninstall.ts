// ragent uninstall: ends the service and removes what install made; what the owner wrote stays.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { RconsoleError, systemCode } from '../protocol/errors.ts'
import { findAccount, prefixOf } from './account.ts'
import { isBooted, needRoot, systemctl } from './service-manager.ts'
import { readUnit, UNIT, UNIT_PATH } from './unit.ts'

/** What to print. @throws USAGE, UNSUPPORTED, NOT_FOUND, FAILED */
export async function uninstall({ purge }: { readonly purge: boolean }): Promise<string> {
  needRoot('uninstall')
  const unit = existsSync(UNIT_PATH) ? readUnit(readFileSync(UNIT_PATH, 'utf8')) : undefined
  if (unit === undefined)
    throw new RconsoleError('NOT_FOUND', `there is no ${UNIT_PATH} that ragent install wrote`)
  systemctl('disable', ...(isBooted() ? ['--now'] : []), UNIT)
  rmSync(UNIT_PATH)
  if (isBooted()) systemctl('daemon-reload')
  if (purge) removeHome(unit)
  const left = ['/etc/ragent', `${UNIT_PATH}.d`, ...(purge ? [] : [unit.home])].filter((path) =>
    existsSync(path),
  )
  return [
    `${UNIT} is gone${left.length > 0 ? `; left: ${left.join(' ')}` : ''}`,
    'the fleet lists this machine until an admin says: rconsole machine forget NAME',
    '',
  ].join('\n')
}

/** Its contents as the user that they belong to: that user may change a name in there while we go through. */
function removeHome({ home, user }: { readonly home: string; readonly user: string }): void {
  if (!existsSync(home)) return
  // Whatever someone wrote into the unit: only what an agent lived in is removed.
  if (!existsSync(join(home, 'agent.json')))
    throw new RconsoleError(
      'HOME',
      `${home} has no agent.json: it is not an agent's home; remove it yourself`,
    )
  const account = findAccount(user)
  if (account === undefined || account.uid === 0) {
    rmSync(home, { recursive: true })
    return
  }
  const [as, ...words] = prefixOf({ account })
  try {
    if (as !== undefined)
      execFileSync(as, [...words, 'find', home, '-mindepth', '1', '-delete'], { stdio: 'pipe' })
    rmdirSync(home)
  } catch (cause) {
    throw new RconsoleError(
      'HOME',
      `cannot remove all of ${home}: ${systemCode(cause) ?? 'something of another user is in it'}`,
      {
        cause,
      },
    )
  }
}
