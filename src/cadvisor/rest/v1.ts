import type { ApiRequest } from './api.ts'
import { ApiError } from './api-error.ts'
import { children, dockerContainer, dockerContainers, interfaceName, named, subtree } from './find.ts'
import { infoRequest } from './parameters.ts'
import { referenceOf, specOf } from './spec.ts'
import { statsV1 } from './stats.ts'
import type { Entry } from './tree.ts'

/** cAdvisor's v1.0 to v1.3. Throws `ApiError`. */
export function answerV1(request: ApiRequest): unknown {
  const { type, name, tree, snapshot, machine } = request
  switch (type) {
    case 'machine':
      return machine.info(snapshot)
    case 'containers':
      return containerInfo(request, named(tree, name), true)
    case 'subcontainers':
      named(tree, name)
      return subtree(tree, name).map((entry) => containerInfo(request, entry, true))
    default:
      return docker(request)
  }
}

function docker(request: ApiRequest): object {
  const { name, tree } = request
  if (name.indexOf('/', 1) > 0) throw new ApiError(404, `unknown request for Docker container ${JSON.stringify(name)}: give one name or id`)
  const found = name === '/' ? dockerContainers(tree) : [dockerContainer(tree, name.slice(1))]
  return Object.fromEntries(found.map((entry) => [entry.name, containerInfo(request, entry, false)]))
}

function containerInfo({ tree, snapshot, machine, body }: ApiRequest, entry: Entry, withChildren: boolean): object {
  const { count, start, end } = infoRequest(body)
  const root = machine.root(snapshot)
  const context = { interfaceName: interfaceName(entry, snapshot), filesystem: { device: root.mount.device, type: 'vfs', space: root.space } }
  const readings = entry.readings(count < 0 ? Number.POSITIVE_INFINITY : count).filter(({ at }) => at >= start && at <= end)
  const below = withChildren ? children(tree, entry.name).map(referenceOf) : []
  return {
    ...referenceOf(entry),
    subcontainers: below.length > 0 ? below : undefined,
    spec: specOf(entry, snapshot),
    stats: readings.map((reading) => statsV1(reading, context)),
  }
}
