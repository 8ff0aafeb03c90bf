// What the local commands do: show, grant, revoke, answer a question, stop. They need no relay.
import { RconsoleError } from '../protocol/errors.ts'
import { VERSION } from '../protocol/version.ts'
import type { Agent } from './agent.ts'
import type { ControlAnswer, ControlRequest, Status } from './control-messages.ts'

/** @throws NOT_FOUND, BUSY, HOME */
export async function serveLocally(agent: Agent, request: ControlRequest): Promise<ControlAnswer> {
  const { gate } = agent
  switch (request.ask) {
    case 'status':
      return { status: statusOf(agent) }
    case 'grant': {
      const { what, operator, ms } = request
      const { key } = findOperator(agent, operator)
      const { until } = gate.grants.add({ what, name: operator, key }, ms)
      agent.restraint.granted()
      return { line: `${operator} may use ${what} here until ${iso(until * 1000)}` }
    }
    case 'revoke': {
      const { what, operator } = request
      const isGone = gate.grants.remove(what, operator)
      if (!isGone) throw new RconsoleError('NOT_FOUND', `there is no grant of ${what} to ${operator}`)
      agent.restraint.granted()
      return { line: `${operator} may use ${what} here as the policy says, and no more` }
    }
    case 'answer': {
      const { id, isAllowed } = request
      const question = gate.consent.answer(id, isAllowed)
      if (question === undefined)
        throw new RconsoleError('NOT_FOUND', `nothing waits under ${id}: ragent status`)
      return { line: `${question.rule} of ${question.operator} ${isAllowed ? 'allowed' : 'denied'}` }
    }
    case 'stop':
      await agent.stop()
      return { line: `${agent.name} stopped` }
    default:
      return request satisfies never
  }
}

/** By name, as the document has them: the key is what is granted. @throws NOT_FOUND */
function findOperator({ fleet }: Agent, name: string): { readonly key: string } {
  const { operators } = fleet.body
  const found = operators.find((operator) => operator.name === name)
  if (found !== undefined) return found
  const names = operators.map((operator) => operator.name).join(', ')
  throw new RconsoleError('NOT_FOUND', `the fleet document has no operator ${name}, only ${names}`)
}

function statusOf(agent: Agent): Status {
  const { gate, works, fleet, door } = agent
  const { frozen } = gate
  return {
    name: agent.name,
    id: agent.id,
    pid: process.pid,
    version: VERSION,
    relay: agent.relay,
    connected: agent.isUp,
    fleet: fleet.body.fleet,
    document: fleet.body.v,
    frozen: frozen === undefined ? null : { by: frozen.by, since: iso(frozen.at * 1000) },
    sessions: door.callers.map(({ name }) => ({ operator: name })),
    runs: works.count('run'),
    shells: works.count('shell'),
    policy: gate.policy.fields.map((field) => ({ ...field })),
    grants: gate.grants.current.map(({ what, name, until }) => ({
      what,
      operator: name,
      until: iso(until * 1000),
    })),
    questions: gate.consent.questions.map((question) => ({ ...question, since: iso(question.since) })),
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()
