import type { V1FlowSchemaCondition } from '@kubernetes/client-node'
import type { KubeObject } from '../../../kube/objects.ts'
import { bootstrapFlowSchemas, bootstrapPriorityLevels } from '../../apiserver/kinds/flowcontrol/bootstrap.ts'
import type { FlowSchema } from '../../apiserver/kinds/flowcontrol/flow-schemas.ts'
import type { GivenPart } from '../../apiserver/kinds/given.ts'
import { timestamp } from '../../apiserver/rest/object-meta.ts'
import { follow, unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'

const schemas = 'flowschemas.flowcontrol.apiserver.k8s.io'
const levels = 'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io'

/** Whether a schema leads to a priority level that is not there, as a condition; the one before when that has not changed. */
export function danglingCondition(schema: FlowSchema, exists: boolean, now: number): GivenPart<V1FlowSchemaCondition> {
  const level = JSON.stringify(schema.spec?.priorityLevelConfiguration?.name ?? '')
  const about = `This FlowSchema references the PriorityLevelConfiguration object named ${level}`
  const before = schema.status?.conditions?.find(({ type }) => type === 'Dangling')
  const status = exists ? 'False' : 'True'
  return {
    type: 'Dangling',
    status,
    lastTransitionTime: before?.status === status ? before.lastTransitionTime : timestamp(now),
    reason: exists ? 'Found' : 'NotFound',
    message: exists ? `${about} and it exists` : `${about} but there is no such object`,
  }
}

/** Makes the flow schemas and priority levels that every cluster has, and says of each schema whether it leads somewhere. */
export async function keepFlowSchemas(options: SchedulerOptions): Promise<void> {
  const { backend, clock, signal } = options
  for (const level of bootstrapPriorityLevels) await unless(backend.create({ resource: levels }, structuredClone(level)))
  for (const schema of bootstrapFlowSchemas) await unless(backend.create({ resource: schemas }, structuredClone(schema)))
  const known = new Map<string, FlowSchema>()
  const present = new Set<string>()
  const judge = async (schema: FlowSchema) => {
    const condition = danglingCondition(schema, present.has(schema.spec?.priorityLevelConfiguration?.name ?? ''), clock.wall())
    const others = (schema.status?.conditions ?? []).filter(({ type }) => type !== 'Dangling')
    const before = schema.status?.conditions?.find(({ type }) => type === 'Dangling')
    if (before?.status === condition.status && before?.message === condition.message) return
    const told = { ...schema, status: { ...schema.status, conditions: [...others, condition] } } as KubeObject
    await unless(backend.update({ resource: schemas, name: schema.metadata?.name ?? '' }, told, { subresource: 'status' }))
  }
  for (const { metadata } of (await backend.list({ resource: levels })).items) present.add(metadata?.name ?? '')
  if (signal.aborted) return
  await Promise.all([
    follow(levels, options, async (type, { metadata }) => {
      const name = metadata?.name ?? ''
      if (type === 'DELETED' ? !present.delete(name) : present.has(name)) return
      if (type !== 'DELETED') present.add(name)
      for (const schema of known.values()) if (schema.spec?.priorityLevelConfiguration?.name === name) await judge(schema)
    }),
    follow(schemas, options, async (type, object) => {
      const name = object.metadata?.name ?? ''
      if (type === 'DELETED') return void known.delete(name)
      known.set(name, object)
      await judge(object)
    }),
  ])
}
