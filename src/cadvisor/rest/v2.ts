import { processList } from '../../stats/process-list.ts'
import type { ApiRequest } from './api.ts'
import { ApiError } from './api-error.ts'
import { dockerContainer, dockerContainers, interfaceName, named, subtree } from './find.ts'
import { type RequestOptions, requestOptions } from './parameters.ts'
import { derivedStats } from './percentiles.ts'
import { referenceOf, specOf } from './spec.ts'
import { machineStats, type StatsContext, statsV1, statsV2 } from './stats.ts'
import type { AnyReading, Entry } from './tree.ts'

/** cAdvisor's v2.0 and v2.1. Throws `ApiError`. */
export async function answerV2(request: ApiRequest): Promise<unknown> {
  const { type, version, snapshot, machine, sources, tree } = request
  const options = requestOptions(request.query)
  const each = (of: (entry: Entry) => unknown) => Object.fromEntries(requested(request, options).map((entry) => [entry.name, of(entry)]))
  switch (type) {
    case 'version':
      return sources.version
    case 'attributes':
      return machine.attributes(snapshot)
    case 'machine':
      return machine.info(snapshot)
    case 'storage':
      return storage(request)
    case 'machinestats': {
      const root = named(tree, '/')
      return stats(request, root, options, machineStats)
    }
    case 'summary':
      return each((entry) => derivedStats(entry.readings(Number.POSITIVE_INFINITY)))
    case 'spec':
      return each((entry) => spec(request, entry))
    case 'ps': {
      const [entry] = requested(request, { ...options, recursive: false })
      return processList(entry?.name ?? '/', snapshot.machine.memoryBytes)
    }
    default:
      if (version === 'v2.0')
        return each((entry) => stats(request, entry, options, (reading, _, context) => ({ ...statsV1(reading, context), ...presence(entry, request) })))
      // v2.1: the machine's own are under machinestats.
      return Object.fromEntries(
        requested(request, options).flatMap((entry) =>
          entry.kind === 'root' ? [] : [[entry.name, { spec: spec(request, entry), stats: stats(request, entry, options, statsV2) }]],
        ),
      )
  }
}

/** The containers that are asked for, by cgroup or by Docker's id. */
function requested({ name, tree }: ApiRequest, { type, recursive }: RequestOptions): Entry[] {
  if (type === 'docker') {
    if (name !== '/') return [dockerContainer(tree, name.slice(1))]
    if (!recursive) throw new ApiError(400, 'invalid request for docker container "/": give an id, or recursive=true for all')
    return dockerContainers(tree)
  }
  const found = named(tree, name)
  return recursive ? subtree(tree, name) : [found]
}

function stats<T>(
  { snapshot, machine }: ApiRequest,
  entry: Entry,
  { count, maxAgeMs }: RequestOptions,
  show: (reading: AnyReading, before: AnyReading | undefined, context: StatsContext) => T,
): T[] {
  const root = machine.root(snapshot)
  const context = { interfaceName: interfaceName(entry, snapshot), filesystem: { device: root.mount.device, type: root.mount.type, space: root.space } }
  const most = count < 0 ? Number.POSITIVE_INFINITY : count
  // One more than is shown: the first that is shown has a rate too.
  const readings = entry.readings(most + 1)
  const oldest = maxAgeMs === undefined ? Number.NEGATIVE_INFINITY : (readings.at(-1)?.at ?? 0) - maxAgeMs
  const all = readings.map((reading, index) => ({ reading, before: readings[index - 1] }))
  return all.slice(Math.max(0, all.length - most)).flatMap(({ reading, before }) => (reading.at >= oldest ? [show(reading, before, context)] : []))
}

function spec({ snapshot }: ApiRequest, entry: Entry): object {
  const { aliases, namespace } = referenceOf(entry)
  return { ...specOf(entry, snapshot), aliases, namespace }
}

/** v2.0 tells with each reading what it holds. */
function presence(entry: Entry, { snapshot }: ApiRequest): object {
  const { has_cpu, has_memory, has_network, has_filesystem, has_diskio, has_processes } = specOf(entry, snapshot)
  return { has_cpu, has_memory, has_network, has_filesystem, has_diskio, has_processes, has_hugetlb: false, has_load: false, has_custom_metrics: false }
}

function storage({ machine, snapshot, query }: ApiRequest): object[] {
  const label = query.get('label') || undefined
  const found = machine.storage(snapshot, label)
  if (label !== undefined && found.length === 0)
    throw new ApiError(404, `no file system has the label ${JSON.stringify(label)}; there are root and docker-images`)
  return found
}
