import type { KubeObject } from '../../../kube/objects.ts'
import { selectorText } from '../../../kube/selector-text.ts'
import type { LabelSelectorLike } from '../../../kube/validation/label-selector-validation.ts'
import type { SubresourceDefinition } from '../resource.ts'

type Selecting = KubeObject & { readonly spec?: { readonly selector?: LabelSelectorLike } }

/** The `scale` of a kind whose replicas are `spec.replicas` and `status.replicas`. */
export const scaleSubresource = (
  selector: (object: KubeObject) => string = (object) => selectorText((object as Selecting).spec?.selector ?? {}),
): SubresourceDefinition => ({
  name: 'scale',
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  verbs: ['get', 'patch', 'update'],
  scale: { specReplicasPath: ['spec', 'replicas'], statusReplicasPath: ['status', 'replicas'], selector },
})
