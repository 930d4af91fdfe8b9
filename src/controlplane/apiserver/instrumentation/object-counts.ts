import { Gauge, type Registry } from 'prom-client'
import { type ResourceDefinition, resourceName } from '../resource.ts'
import type { ObjectStore } from '../storage/object-store.ts'

/** How many objects of each kind are stored, counted when somebody asks. */
export function objectCounts(registry: Registry, store: ObjectStore, definitions: () => readonly ResourceDefinition[]): void {
  const counts = function* () {
    const seen = new Set<string>()
    for (const definition of definitions()) {
      const { storagePrefix } = definition
      if (storagePrefix === undefined || seen.has(storagePrefix)) continue
      seen.add(storagePrefix)
      yield [definition, store.collection(storagePrefix).all.size] as const
    }
  }
  new Gauge({
    name: 'apiserver_resource_objects',
    help: 'Number of stored objects at the time of last check split by kind. In case of a fetching error, the value will be -1.',
    labelNames: ['group', 'resource'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [{ group, resource }, number] of counts()) this.set({ group, resource }, number)
    },
  })
  // Deprecated since 1.34, and asked for still.
  new Gauge({
    name: 'apiserver_storage_objects',
    help: 'Number of stored objects at the time of last check split by kind. In case of a fetching error, the value will be -1.',
    labelNames: ['resource'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [definition, number] of counts()) this.set({ resource: resourceName(definition) }, number)
    },
  })
}
