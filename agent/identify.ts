// Who this machine is: what its home has kept, or what a token makes of it now.
import { RconsoleError, toRconsoleError } from '../protocol/errors.ts'
import { adopt, type Fleet } from '../protocol/fleet.ts'
import { fetchStatement } from '../protocol/http.ts'
import type { RelayUrl } from '../protocol/relay-url.ts'
import type { AgentConfig } from './config.ts'
import { enrol, tokenAfterForgotten } from './enrol.ts'
import { AgentHome, type Enrolled } from './home.ts'

/** As kept, or enrolled now with a token. @throws USAGE, HOME and what `enrol` throws */
export async function identify(
  config: AgentConfig,
  home: AgentHome,
): Promise<{ enrolled: Enrolled; fleet: Fleet }> {
  const kept = home.load()
  const word = kept === undefined ? undefined : home.forgottenWord(kept)
  if (kept !== undefined && word !== undefined) {
    const token = await tokenAfterForgotten(config.relay, { kept, word, token: config.token() })
    return await enrol(home, { relay: config.relay, token, name: config.name })
  }
  if (kept !== undefined) {
    const held = home.loadFleet(kept.fleet)
    const fleet = await newestFleet(config.relay, kept, held)
    // On the disk before it is obeyed: else the next start could be shown the one before.
    if (fleet !== held) home.saveFleet(fleet)
    return { enrolled: kept, fleet }
  }
  const token = config.token()
  if (token === undefined) {
    throw new RconsoleError(
      'TOKEN',
      `this machine has not joined a fleet: give it a token once (--token, made by \`rconsole token new\`)`,
    )
  }
  return await enrol(home, { relay: config.relay, token, name: config.name })
}

/** Join the fleet and no more: what there is to say. @throws POLICY, and what `identify` throws */
export async function joinOnly(config: AgentConfig): Promise<string> {
  // Before a token is used up: a policy that is refused ends it here.
  config.readPolicy()
  const home = new AgentHome(config.home)
  const kept = home.load()
  // The agent of this home may be at work: it is left alone.
  if (kept !== undefined && home.forgottenWord(kept) === undefined)
    return `${kept.name} has joined fleet ${kept.fleet} before`
  const release = home.lock()
  try {
    const { enrolled } = await identify(config, home)
    return `${enrolled.name} joined fleet ${enrolled.fleet}`
  } finally {
    release()
  }
}

/** The relay's document if it is newer; the held one if the relay cannot be asked. @throws OTHER_FLEET, HOME */
async function newestFleet(
  relay: RelayUrl,
  { fleet: pin }: Enrolled,
  held: Fleet | undefined,
): Promise<Fleet> {
  try {
    return adopt(held, pin, await fetchStatement(relay, '/fleet'), Math.floor(Date.now() / 1000))
  } catch (error) {
    if (held === undefined || toRconsoleError(error).code === 'OTHER_FLEET') throw error
    return held
  }
}
