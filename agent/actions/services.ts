// Serves action `services`: what systemd runs here, and starting or stopping one of it.
import type { Handler } from '../handler.ts'
import { parts } from '../parts.ts'
import { control, listServices, serviceOf, unitName } from '../systemd.ts'

export const services: Handler<'services'> = async function* (request, { signal }) {
  if (request.do === 'list') {
    yield* parts(await listServices(signal))
    return {}
  }
  const unit = unitName(request.unit)
  if (request.do !== 'status') await control(request.do, unit, signal)
  return { service: await serviceOf(unit, signal) }
}
