/** Where a group stands among the others, and a version in its group. */
export interface Priority {
  readonly groupPriorityMinimum: number
  readonly versionPriority: number
}

const builtIn = 15

/** Of the built-in groups (kube-apiserver's apiVersionPriorities). */
const groups: Readonly<Record<string, number>> = {
  apps: 17_800,
  'events.k8s.io': 17_750,
  'authentication.k8s.io': 17_700,
  'authorization.k8s.io': 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  'certificates.k8s.io': 17_300,
  'networking.k8s.io': 17_200,
  policy: 17_100,
  'rbac.authorization.k8s.io': 17_000,
  'storage.k8s.io': 16_800,
  'apiextensions.k8s.io': 16_700,
  'admissionregistration.k8s.io': 16_700,
  'scheduling.k8s.io': 16_600,
  'coordination.k8s.io': 16_500,
  'node.k8s.io': 16_300,
  'discovery.k8s.io': 16_200,
  'flowcontrol.apiserver.k8s.io': 16_100,
  'resource.k8s.io': 15_900,
}

/** Of a built-in group and version; undefined for others. */
export function builtInPriority(group: string, version: string): Priority | undefined {
  if (group === '') return { groupPriorityMinimum: 18_000, versionPriority: 1 }
  if (group === 'metrics.k8s.io') return { groupPriorityMinimum: 100, versionPriority: 100 }
  const groupPriorityMinimum = Object.hasOwn(groups, group) ? groups[group] : undefined
  if (groupPriorityMinimum === undefined) return undefined
  if (group === 'flowcontrol.apiserver.k8s.io') return { groupPriorityMinimum, versionPriority: 21 }
  return { groupPriorityMinimum, versionPriority: version === 'v2' ? 2 * builtIn : builtIn }
}

/** Of custom resources: below all that is built in. */
export const customPriority: Priority = { groupPriorityMinimum: 1000, versionPriority: 100 }
