import { silentLogger } from '../../../../src/base/log.ts'
import { CustomDefinitions } from '../../../../src/controlplane/apiserver/custom/custom-definitions.ts'
import { type CustomResourceDefinition, crdResource, isConditionTrue } from '../../../../src/controlplane/apiserver/custom/custom-resource-definition.ts'
import type { JsonSchema } from '../../../../src/controlplane/apiserver/custom/schema/json-schema.ts'
import { CustomResourceDefinitionController } from '../../../../src/controlplane/controllers/apiextensions/definitions.ts'
import { KubeError } from '../../../../src/kube/client.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { makeBackend } from '../../harness.ts'

export type Json = Record<string, unknown>

/** A definition of `Widget` in `example.com`, of one version unless others are said. */
export function aDefinition(
  schema: JsonSchema,
  over: { version?: Json; versions?: readonly Json[]; names?: Json; spec?: Json; metadata?: Json } = {},
): KubeObject {
  const names = { plural: 'widgets', kind: 'Widget', ...over.names }
  const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, ...over.version }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.example.com`, ...over.metadata },
    spec: { group: 'example.com', scope: 'Namespaced', names, versions: over.versions ?? [version], ...over.spec },
  } as KubeObject
}

/** A schema with these fields in `spec`, and what else is said. */
export const specOf = (properties: Readonly<Record<string, JsonSchema>>, more: JsonSchema = {}, root: JsonSchema = {}): JsonSchema => ({
  type: 'object',
  ...root,
  properties: { spec: { type: 'object', properties, ...more }, ...root.properties },
})

export const widgets = { resource: 'widgets.example.com', namespace: 'default' } as const
export const widget = (name: string) => ({ ...widgets, name })

/** A widget as a client writes it. */
export const aWidget = (name: string, spec?: unknown, more: Json = {}): KubeObject =>
  ({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name }, ...(spec !== undefined && { spec }), ...more }) as KubeObject

/** A backend with the controller of custom resource definitions, and what makes a definition and waits until it is served. */
export async function customBackend(options: Parameters<typeof makeBackend>[0] = {}) {
  const made = await makeBackend(options)
  const custom = new CustomDefinitions(made.store, made.definitions, silentLogger)
  const stopping = new AbortController()
  const shared = { backend: made.backend, clock: made.clock, log: silentLogger, signal: stopping.signal }
  const running = new CustomResourceDefinitionController(shared).run()
  const define = async (definition: KubeObject) => {
    await made.backend.create({ resource: crdResource }, definition)
    return until(definition.metadata?.name ?? '', (crd) => isConditionTrue(crd, 'Established'))
  }
  /** The definition as soon as it is so. */
  const until = async (name: string, test: (crd: CustomResourceDefinition) => boolean): Promise<CustomResourceDefinition> => {
    for await (const { type, object } of made.backend.watch({ resource: crdResource }, { fieldSelector: `metadata.name=${name}` }))
      if (type !== 'DELETED' && test(object as CustomResourceDefinition)) return object as CustomResourceDefinition
    throw new Error('the watch ended')
  }
  return {
    ...made,
    define,
    until,
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await running
      custom[Symbol.dispose]()
    },
  }
}

/** The causes of a refusal, as `field: message`; throws when there was none. */
export async function causesOf(call: Promise<unknown>): Promise<readonly string[]> {
  const error = await call.then(
    () => undefined,
    (caught: unknown) => caught,
  )
  if (!(error instanceof KubeError)) throw error ?? new Error('it was taken')
  return (error.status?.details?.causes ?? []).map(({ field, message }) => `${field}: ${message}`)
}
