import type { Pod } from '../../../kube/objects.ts'
import { type PriorityClass, preemptLower } from '../kinds/scheduling/priority-classes.ts'
import type { Admission } from '../resource.ts'
import type { ApiBackend } from '../rest/backend.ts'
import { forbiddenBy } from '../rest/status-errors.ts'

const resource = 'priorityclasses.scheduling.k8s.io'

/** kube-apiserver's plugin Priority: a new pod has the priority of its class, or of the default one; and only one class is the default. */
export const admitPriority: Admission = async ({ operation, definition, subresource, object, context }) => {
  if (subresource !== '') return
  if (definition.resource === 'priorityclasses' && operation !== 'DELETE') {
    const other = await defaultClass(context.backend)
    if ((object as PriorityClass).globalDefault && other && other.metadata?.name !== object.metadata?.name)
      throw forbiddenBy(
        definition,
        object.metadata?.name ?? '',
        `PriorityClass ${other.metadata?.name} is already marked as default. Only one default can exist`,
      )
    return
  }
  if (operation !== 'CREATE' || definition.resource !== 'pods') return
  const { spec, metadata } = object as Pod
  if (!spec) return
  const refuse = (why: string) => forbiddenBy(definition, metadata?.name ?? '', why)
  const named = spec.priorityClassName
  const found = named ? await classNamed(context.backend, named) : await defaultClass(context.backend)
  if (named && !found) throw refuse(`no PriorityClass with name ${named} was found`)
  const priority = found?.value ?? 0
  if (spec.priority !== undefined && spec.priority !== priority)
    throw refuse(
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`,
    )
  const policy = found?.preemptionPolicy ?? preemptLower
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy)
    throw refuse(
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
    )
  if (found?.metadata?.name) spec.priorityClassName = found.metadata.name
  spec.priority = priority
  spec.preemptionPolicy = policy
}

const all = async (backend: ApiBackend) => (await backend.list({ resource })).items as readonly PriorityClass[]

const classNamed = async (backend: ApiBackend, name: string): Promise<PriorityClass | undefined> =>
  (await all(backend)).find(({ metadata }) => metadata?.name === name)

/** Of several, which an older server may have let in, the one of the least value. */
const defaultClass = async (backend: ApiBackend): Promise<PriorityClass | undefined> =>
  (await all(backend)).filter(({ globalDefault }) => globalDefault).sort((a, b) => (a.value ?? 0) - (b.value ?? 0))[0]
