import type * as client from '@kubernetes/client-node'
import { parseQuantity } from '../../../../kube/quantity.ts'
import { type FieldError, immutable, invalid } from '../../../../kube/validation/field-errors.ts'
import { validateLabels, validateName, validateQualifiedName } from '../../../../kube/validation/names.ts'
import { validateTolerations } from '../../../../kube/validation/toleration-validation.ts'
import { printer } from '../../table/columns.ts'
import { ageOf, columns, nameOf } from '../../table/generic.ts'
import { deprecatedLabel } from '../deprecated-labels.ts'
import type { Given } from '../given.ts'
import { defineKind } from '../kind.ts'

export type RuntimeClass = Given<client.V1RuntimeClass>

/** node.k8s.io/v1 RuntimeClass. */
export const runtimeClasses = defineKind<RuntimeClass>({
  group: 'node.k8s.io',
  resource: 'runtimeclasses',
  kind: 'RuntimeClass',
  namespaced: false,
  printer: printer<RuntimeClass>(columns(['Name', 'Handler', 'Age']), (object, now) => [nameOf(object), object.handler ?? '', ageOf(object, now)]),
  defaults(object) {
    object.handler ??= ''
    for (const toleration of object.scheduling?.tolerations ?? []) toleration.operator ??= toleration.key ? 'Equal' : undefined
  },
  validate: ({ handler = '', overhead, scheduling }, previous) =>
    previous
      ? []
      : [
          ...validateName('handler', handler, 'label'),
          ...validateOverhead(overhead?.podFixed),
          ...validateLabels('scheduling.nodeSelector', scheduling?.nodeSelector),
          ...validateTolerations('scheduling.tolerations', scheduling?.tolerations as never),
        ],
  validateUpdate: (next, previous) => immutable('handler', next.handler, previous.handler),
  warnings: ({ scheduling }) => Object.keys(scheduling?.nodeSelector ?? {}).flatMap((key) => deprecatedLabel('scheduling.nodeSelector', key)),
})

/** Told as if it were the limits of a container. */
function validateOverhead(fixed: Readonly<Record<string, string>> = {}): FieldError[] {
  return Object.entries(fixed).flatMap(([name, amount]) => {
    const at = `overhead.limits[${name}]`
    const errors = validateQualifiedName(at, name)
    if (errors.length === 0 && !name.includes('/') && !/^(cpu|memory|ephemeral-storage|hugepages-.+)$/.test(name))
      errors.push(invalid(at, name, 'must be a standard resource for containers'))
    if ((parseQuantity(String(amount)) ?? 0n) < 0n) errors.push(invalid(at, amount, 'must be greater than or equal to 0'))
    return errors
  })
}
