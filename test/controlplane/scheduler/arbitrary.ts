import fc from 'fast-check'
import type { Node, Pod } from '../../../src/kube/objects.ts'
import { aNode, aPod, required } from './stage.ts'

const app = fc.constantFrom('a', 'b')
const topologyKey = fc.constantFrom('zone', 'kubernetes.io/hostname')
const term = fc.record({ topologyKey, labelSelector: fc.record({ matchLabels: fc.record({ app }) }) })
const constraint = fc.record(
  {
    maxSkew: fc.integer({ min: 1, max: 2 }),
    topologyKey,
    whenUnsatisfiable: fc.constantFrom('DoNotSchedule', 'ScheduleAnyway'),
    labelSelector: fc.record({ matchLabels: fc.record({ app }) }),
    nodeTaintsPolicy: fc.constantFrom('Honor', 'Ignore'),
  },
  { requiredKeys: ['maxSkew', 'topologyKey', 'whenUnsatisfiable', 'labelSelector'] },
)

/** A few nodes of some zones, of which some are tainted, or of no zone. */
export const someNodes: fc.Arbitrary<readonly Node[]> = fc
  .array(fc.record({ zone: fc.constantFrom('x', 'y', undefined), isTainted: fc.boolean(), cpu: fc.integer({ min: 1, max: 6 }) }), {
    minLength: 1,
    maxLength: 5,
  })
  .map((given) =>
    given.map(({ zone, isTainted, cpu }, index) =>
      aNode(`n${index}`, {
        labels: zone === undefined ? {} : { zone },
        ...(isTainted && { taints: [{ key: 'k', effect: 'NoSchedule' }] }),
        allocatable: { cpu: String(cpu) },
      }),
    ),
  )

/** Pods of one namespace with rules of every kind about each other. */
export const somePods = (maxLength: number): fc.Arbitrary<readonly Pod[]> =>
  fc
    .array(
      fc.record({
        app,
        cpu: fc.integer({ min: 0, max: 2 }),
        rule: fc.oneof(
          fc.constant({}),
          fc.record({ affinity: fc.record({ podAffinity: fc.array(term, { minLength: 1, maxLength: 2 }).map((terms) => required(...terms)) }) }),
          fc.record({ affinity: fc.record({ podAntiAffinity: fc.array(term, { minLength: 1, maxLength: 2 }).map((terms) => required(...terms)) }) }),
          fc.record({
            topologySpreadConstraints: fc.uniqueArray(constraint, {
              minLength: 1,
              maxLength: 2,
              selector: (each) => `${each.topologyKey} ${each.whenUnsatisfiable}`,
            }),
          }),
          fc.constant({ nodeSelector: { zone: 'x' } }),
        ),
        tolerates: fc.boolean(),
      }),
      { maxLength },
    )
    .map((given) =>
      given.map(({ app: label, cpu, rule, tolerates }, index) =>
        aPod(`p${index}`, {
          labels: { app: label },
          cpu: String(cpu),
          spec: { ...rule, ...(tolerates && { tolerations: [{ key: 'k', operator: 'Exists' }] }) },
        }),
      ),
    )
