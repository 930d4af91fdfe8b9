/** A Go package whose types are read: where it is in which repository, and its name in the tables. */
export interface SourcePackage {
  readonly name: string
  readonly repository: 'api' | 'apimachinery' | 'apiextensions-apiserver' | 'kube-aggregator' | 'metrics'
  readonly path: string
}

// What a kube-apiserver 1.36 serves, and the betas behind its gates; versions that it no longer serves are left out.
const served = [
  'admission/v1',
  'admissionregistration/v1',
  'admissionregistration/v1beta1',
  'admissionregistration/v1alpha1',
  'apidiscovery/v2',
  'apiserverinternal/v1alpha1',
  'apps/v1',
  'authentication/v1',
  'authorization/v1',
  'autoscaling/v1',
  'autoscaling/v2',
  'batch/v1',
  'certificates/v1',
  'certificates/v1beta1',
  'certificates/v1alpha1',
  'coordination/v1',
  'coordination/v1beta1',
  'coordination/v1alpha2',
  'core/v1',
  'discovery/v1',
  'events/v1',
  'flowcontrol/v1',
  'networking/v1',
  'networking/v1beta1',
  'node/v1',
  'policy/v1',
  'rbac/v1',
  'resource/v1',
  'resource/v1beta2',
  'resource/v1beta1',
  'resource/v1alpha3',
  'scheduling/v1',
  'scheduling/v1alpha2',
  'storage/v1',
  'storage/v1beta1',
  'storagemigration/v1beta1',
]

export const sourcePackages: readonly SourcePackage[] = [
  ...served.map((name): SourcePackage => ({ name, repository: 'api', path: name })),
  { name: 'meta/v1', repository: 'apimachinery', path: 'pkg/apis/meta/v1' },
  { name: 'apiextensions/v1', repository: 'apiextensions-apiserver', path: 'pkg/apis/apiextensions/v1' },
  { name: 'apiregistration/v1', repository: 'kube-aggregator', path: 'pkg/apis/apiregistration/v1' },
  { name: 'metrics/v1beta1', repository: 'metrics', path: 'pkg/apis/metrics/v1beta1' },
]

/** The name of a package in the tables by its import path: `k8s.io/api/core/v1` is `core/v1`. */
export const packageNamed = (path: string): string =>
  path.replace(/^k8s\.io\/(?:api|apimachinery\/pkg\/apis|apiextensions-apiserver\/pkg\/apis|kube-aggregator\/pkg\/apis|metrics\/pkg\/apis)\//, '')
