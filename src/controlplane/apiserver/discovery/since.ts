import type { ResourceDefinition } from '../resource.ts'

/** The minor versions of Kubernetes that the server can pass for. */
export const oldestMinor = 33
export const newestMinor = 36

/** Kinds that came to be served by default after the oldest. Source: the API's own removal and graduation notes of 1.34 to 1.36. */
const since: Readonly<Record<string, number>> = {
  'resource.k8s.io/v1': 34,
  'storage.k8s.io/v1 volumeattributesclasses': 34,
  'certificates.k8s.io/v1beta1 podcertificaterequests': 35,
  'admissionregistration.k8s.io/v1 mutatingadmissionpolicies': 36,
  'admissionregistration.k8s.io/v1 mutatingadmissionpolicybindings': 36,
}

/** Whether a server of that minor version has the kind. */
export function isServedSince({ group, version, resource }: Pick<ResourceDefinition, 'group' | 'version' | 'resource'>, minor: number): boolean {
  return (since[`${group}/${version} ${resource}`] ?? since[`${group}/${version}`] ?? oldestMinor) <= minor
}

/** The minor version of `1.35`, `v1.35` or `1.35.2`. Throws a `RangeError` for one that the server cannot pass for. */
export function minorOf(version: string): number {
  const minor = Number(/^v?1\.(\d+)(?:\.\d+)?$/.exec(version)?.[1] ?? Number.NaN)
  if (!(minor >= oldestMinor && minor <= newestMinor))
    throw new RangeError(`version: ${JSON.stringify(version)} cannot be served; give 1.${oldestMinor} to 1.${newestMinor}`)
  return minor
}
