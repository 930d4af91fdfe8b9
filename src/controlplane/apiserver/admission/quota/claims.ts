import { meets } from '../../../../kube/label-selector.ts'
import type { PersistentVolumeClaim } from '../../../../kube/objects.ts'
import { type Quantity, readQuantity } from '../../../../kube/quantity-text.ts'
import { one } from './quantities.ts'
import type { Evaluator } from './quota-kind.ts'

const names = new Set(['count/persistentvolumeclaims', 'persistentvolumeclaims', 'requests.storage'])
const perClass = '.storageclass.storage.k8s.io/'

/** Claims: how many and how large, together and of each storage class. */
export const claimEvaluator: Evaluator = {
  handles: (operation, subresource) => subresource === '' && operation !== 'DELETE',
  counts: (name) => names.has(name) || name.endsWith(`${perClass}persistentvolumeclaims`) || name.endsWith(`${perClass}requests.storage`),
  usage(object) {
    const { metadata, spec, status } = object as PersistentVolumeClaim
    const storageClass = metadata?.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName
    const usage = new Map<string, Quantity>([
      ['count/persistentvolumeclaims', one],
      ['persistentvolumeclaims', one],
    ])
    if (storageClass) usage.set(`${storageClass}${perClass}persistentvolumeclaims`, one)
    const sizes = [spec?.resources?.requests?.storage, status?.allocatedResources?.storage].flatMap((text) => (text === undefined ? [] : [readQuantity(text)]))
    const largest = sizes.reduce<Quantity | undefined>((most, size) => (most && most.value >= size.value ? most : size), undefined)
    if (largest) {
      usage.set('requests.storage', largest)
      if (storageClass) usage.set(`${storageClass}${perClass}requests.storage`, largest)
    }
    return usage
  },
  inScope: ({ scopeName, operator, values = [] }, object) =>
    scopeName === 'VolumeAttributesClass' && meets(operator, values, (object as PersistentVolumeClaim).spec?.volumeAttributesClassName || undefined),
}
